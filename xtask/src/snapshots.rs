//! Snapshots that no test refers to, and new ones that nobody accepted.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// Fails if the tree has an unreferenced or pending snapshot. `references` is the list that insta wrote while the
/// tests ran.
pub fn check(root: &Path, references: &Path) -> Result<()> {
    let listed = fs::read_to_string(references).context("the tests recorded no snapshot")?;
    let referenced: BTreeSet<PathBuf> =
        listed.lines().filter_map(|line| fs::canonicalize(line).ok()).collect();
    let mut bad = Vec::new();
    for file in snapshot_files(root)? {
        if file.extension().is_some_and(|extension| extension == "new") {
            bad.push(format!("pending: {}", file.display()));
        } else if !referenced.contains(&fs::canonicalize(&file)?) {
            bad.push(format!("unreferenced: {}", file.display()));
        }
    }
    if bad.is_empty() { Ok(()) } else { bail!("snapshots that no passing test made:\n{}", bad.join("\n")) }
}

fn snapshot_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() {
            if !name.starts_with('.') && name != "target" && name != "node_modules" {
                found.extend(snapshot_files(&path)?);
            }
        } else if name.ends_with(".snap") || name.ends_with(".snap.new") || name.ends_with(".pending-snap") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreferenced_and_pending_snapshots_fail() {
        let dir = std::env::temp_dir().join(format!("xtask-snapshots-{}", std::process::id()));
        let snapshots = dir.join("src/snapshots");
        fs::create_dir_all(&snapshots).unwrap();
        let (used, list) = (snapshots.join("a.snap"), dir.join("references"));
        fs::write(&used, "").unwrap();
        fs::write(&list, format!("{}\n", used.display())).unwrap();
        assert!(check(&dir, &list).is_ok());

        fs::write(snapshots.join("b.snap"), "").unwrap();
        assert!(check(&dir, &list).unwrap_err().to_string().contains("unreferenced"));
        fs::rename(snapshots.join("b.snap"), snapshots.join("a.snap.new")).unwrap();
        assert!(check(&dir, &list).unwrap_err().to_string().contains("pending"));

        fs::remove_dir_all(&dir).unwrap();
        assert!(check(&dir, &list).is_err(), "no list means that the tests did not run");
    }
}
