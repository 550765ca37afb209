use clap::CommandFactory;

use crate::args::Cli;

fn walk(command: &mut clap::Command, pages: &mut Vec<(String, String)>) {
    let path = command.get_bin_name().unwrap_or("amana").to_owned();
    pages.push((path, command.render_long_help().to_string()));
    for sub in command.get_subcommands_mut() {
        if sub.get_name() != "help" {
            walk(sub, pages);
        }
    }
}

fn pages() -> Vec<(String, String)> {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut pages = Vec::new();
    walk(&mut command, &mut pages);
    pages
}

#[test]
fn every_page_of_help_has_an_example() {
    for (path, page) in pages() {
        assert!(page.contains("Example"), "{path}\n{page}");
        let example = page.split("Example").nth(1).unwrap_or_default();
        let name = path.replace("<VAULT> ", "");
        let verb = name.split_whitespace().last().unwrap_or_default();
        assert!(verb == "amana" || example.contains(verb), "{path}: the example is another verb's:{example}");
    }
}

#[test]
fn help_is_frozen() {
    for group in ["relay", "deploy", "phone", "desk", "gateway", "demo"] {
        let text: String = pages()
            .into_iter()
            .filter(|(path, _)| path.split_whitespace().nth(1) == Some(group))
            .map(|(path, page)| format!("===== {path} --help\n{page}\n"))
            .collect();
        insta::assert_snapshot!(format!("help_{group}"), text);
    }
    let (_, top) = pages().swap_remove(0);
    insta::assert_snapshot!("help_top", top);
}
