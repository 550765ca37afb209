//! Gender-based violence by the GBVIMS classification: six questions, the first yes wins.
//!
//! Sources: *GBVIMS User Guide*, chapter 3 (classification tool) and chapter 6 (the columns that the Incident Recorder
//! derives), UNFPA, IRC, UNHCR; the same columns in Primero's incident recorder exporter. One incident has one
//! survivor and one type. The type is for statistics: it never decides which services she is offered.

use std::collections::BTreeSet;

use crate::{
    codes::{AgeBand, GrievanceCode},
    words::words,
};

/// The answers about one incident, in the order in which they are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Incident {
    /// Penetration, however slight, without consent.
    pub penetration: bool,
    /// Unwanted sexual contact without penetration; attempted rape and genital cutting count here.
    pub unwanted_sexual_contact: bool,
    /// Violence that is not sexual.
    pub physical_assault: bool,
    /// Married against her will.
    pub forced_marriage: bool,
    /// Kept from money, work, school, health care or other services.
    pub denial_of_resources: bool,
    /// Threats, humiliation, forced isolation, harassment without touch.
    pub psychological_abuse: bool,
}

words! {
    /// The six core types.
    pub enum GbvType ("type of gender-based violence") {
        /// Rape.
        Rape = "rape",
        /// Sexual assault.
        SexualAssault = "sexual-assault",
        /// Physical assault.
        PhysicalAssault = "physical-assault",
        /// Forced marriage.
        ForcedMarriage = "forced-marriage",
        /// Denial of resources, opportunities or services.
        DenialOfResources = "denial-of-resources",
        /// Psychological or emotional abuse.
        PsychologicalAbuse = "psychological-abuse",
    }
}

/// The type of an incident; `None`: not gender-based violence by this classification.
pub const fn classify(incident: &Incident) -> Option<GbvType> {
    Some(match *incident {
        Incident { penetration: true, .. } => GbvType::Rape,
        Incident { unwanted_sexual_contact: true, .. } => GbvType::SexualAssault,
        Incident { physical_assault: true, .. } => GbvType::PhysicalAssault,
        Incident { forced_marriage: true, .. } => GbvType::ForcedMarriage,
        Incident { denial_of_resources: true, .. } => GbvType::DenialOfResources,
        Incident { psychological_abuse: true, .. } => GbvType::PsychologicalAbuse,
        _ => return None,
    })
}

impl GbvType {
    /// Rape or sexual assault.
    pub const fn is_sexual(self) -> bool {
        matches!(self, Self::Rape | Self::SexualAssault)
    }

    /// The grievance code of a complaint about it.
    pub fn code(self) -> GrievanceCode {
        let code = match self {
            Self::Rape => "GBV.RAPE",
            Self::SexualAssault => "GBV.SA",
            Self::PhysicalAssault => "GBV.PA",
            Self::ForcedMarriage => "GBV.FM",
            Self::DenialOfResources => "GBV.DR",
            Self::PsychologicalAbuse => "GBV.EA",
        };
        code.parse().expect("each code is tested")
    }
}

/// What surrounded an incident; absent or unknown derives nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Surroundings {
    /// The survivor's age band when it happened.
    pub age_band: Option<AgeBand>,
    /// The alleged perpetrator is her partner or was.
    pub intimate_partner: bool,
    /// Money, goods, benefits or services were exchanged.
    pub goods_exchanged: bool,
    /// She was abducted when it happened.
    pub abducted: bool,
    /// It was some form of harmful traditional practice.
    pub harmful_practice: bool,
}

words! {
    /// Contexts that are derived from type and surroundings, never asked.
    pub enum GbvContext ("context of gender-based violence") {
        /// By a present or former partner.
        IntimatePartnerViolence = "intimate-partner-violence",
        /// Rape or sexual assault of a person under 18.
        ChildSexualAbuse = "child-sexual-abuse",
        /// Forced marriage of a person under 18.
        EarlyMarriage = "early-marriage",
        /// Rape or sexual assault for money or goods. Possible, never a finding.
        PossibleSexualExploitation = "possible-sexual-exploitation",
        /// Rape or sexual assault of somebody who was abducted. Possible, never a finding.
        PossibleSexualSlavery = "possible-sexual-slavery",
        /// Harmful traditional practice.
        HarmfulPractice = "harmful-practice",
    }
}

/// The contexts of an incident of a type. An incident that is none of gender-based violence has none: there is no type
/// to ask with.
pub fn contexts(of: GbvType, around: &Surroundings) -> BTreeSet<GbvContext> {
    let child = around.age_band == Some(AgeBand::Child);
    [
        (around.intimate_partner, GbvContext::IntimatePartnerViolence),
        (child && of.is_sexual(), GbvContext::ChildSexualAbuse),
        (child && of == GbvType::ForcedMarriage, GbvContext::EarlyMarriage),
        (around.goods_exchanged && of.is_sexual(), GbvContext::PossibleSexualExploitation),
        (around.abducted && of.is_sexual(), GbvContext::PossibleSexualSlavery),
        (around.harmful_practice, GbvContext::HarmfulPractice),
    ]
    .into_iter()
    .filter_map(|(derived, context)| derived.then_some(context))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::DomainPack;

    fn incident(bits: u8) -> Incident {
        let yes = |question: u8| bits & (1 << question) != 0;
        Incident {
            penetration: yes(0),
            unwanted_sexual_contact: yes(1),
            physical_assault: yes(2),
            forced_marriage: yes(3),
            denial_of_resources: yes(4),
            psychological_abuse: yes(5),
        }
    }

    #[test]
    fn the_first_yes_of_all_sixty_four_wins() {
        let mut seen = [0; 7];
        for bits in 0..64u8 {
            // The lowest bit set is the first question answered with yes; 6 types in the order of the questions.
            let first = usize::try_from(bits.trailing_zeros()).unwrap();
            let expected = GbvType::ALL.get(first).copied();
            assert_eq!(classify(&incident(bits)), expected, "{bits:06b}");
            seen[first.min(6)] += 1;
        }
        assert_eq!(seen, [32, 16, 8, 4, 2, 1, 1], "each type half as often as the one before");
    }

    #[test]
    fn each_type_has_a_code_in_the_pack() {
        for of in GbvType::ALL {
            assert!(DomainPack::builtin().grievance(&of.code()).is_some(), "{of}");
        }
    }

    #[test]
    fn every_context_for_every_type_age_and_surrounding() {
        use GbvContext as C;
        for of in GbvType::ALL.iter().copied() {
            for age_band in [
                None,
                Some(AgeBand::Child),
                Some(AgeBand::Adult),
                Some(AgeBand::Older),
                Some(AgeBand::Unknown),
            ] {
                for bits in 0..16u8 {
                    let yes = |question: u8| bits & (1 << question) != 0;
                    let around = Surroundings {
                        age_band,
                        intimate_partner: yes(0),
                        goods_exchanged: yes(1),
                        abducted: yes(2),
                        harmful_practice: yes(3),
                    };
                    let sexual = of == GbvType::Rape || of == GbvType::SexualAssault;
                    let child = age_band == Some(AgeBand::Child);
                    let found = contexts(of, &around);
                    for context in C::ALL {
                        let expected = match context {
                            C::IntimatePartnerViolence => yes(0),
                            C::ChildSexualAbuse => sexual && child,
                            C::EarlyMarriage => of == GbvType::ForcedMarriage && child,
                            C::PossibleSexualExploitation => sexual && yes(1),
                            C::PossibleSexualSlavery => sexual && yes(2),
                            C::HarmfulPractice => yes(3),
                        };
                        assert_eq!(found.contains(context), expected, "{of} {around:?} {context}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_age_that_nobody_knows_makes_no_child() {
        let unknown = Surroundings { age_band: Some(AgeBand::Unknown), ..Surroundings::default() };
        assert!(contexts(GbvType::Rape, &unknown).is_empty());
        assert!(contexts(GbvType::ForcedMarriage, &Surroundings::default()).is_empty());
    }
}
