//! A shell's completion script: what clap makes, and the names of orgs and
//! profiles, which it asks sfbox for.

use clap::{Arg, Command, ValueHint};
use clap_complete::{Shell, generate};

/// The options whose values are asked for.
const ASKED: [(&str, &str); 2] = [("org", "orgs"), ("profile", "profiles")];

/// The options whose values are files.
const FILES: [&str; 6] = ["config", "cacert", "audit", "file", "input", "output_file"];

/// The options that help does not show: the one by which a script asks, and those that
/// people know from other command lines.
const HIDDEN: [&str; 3] = ["names", "json", "query"];

/// The argument by which a script asks.
const WORDS: &str = "words";

/// Where bash knows the word that is being completed, and the one before it.
const BASH_WORDS: &str = "    opts=\"\"\n\n    for i in";

/// In `--option=value` bash sees three words.
const BASH_EQUALS: &str = r#"    opts=""
    if [[ "${prev}" == "=" ]]; then
        prev="${COMP_WORDS[COMP_CWORD-2]}"
    elif [[ "${COMP_WORDS[COMP_CWORD]}" == "=" ]]; then
        cur=""
        prev="${COMP_WORDS[COMP_CWORD-1]}"
    fi

    for i in"#;

/// What bash does for a value of which it knows nothing.
const BASH_FILES: &str = r#"COMPREPLY=($(compgen -f "${cur}"))"#;

/// The script.
pub(super) fn of(shell: Shell, command: Command) -> String {
    let mut command = each_arg(command, &|arg| hinted(shell, arg));
    let mut script = Vec::new();
    generate(shell, &mut command, "sfbox", &mut script);
    let script = without_hidden(shell, &String::from_utf8_lossy(&script));
    match shell {
        Shell::Bash => bash(&script),
        Shell::Zsh => zsh(&script),
        Shell::Fish => fish(&script),
        _ => script,
    }
}

/// The command with all arguments of it and its subcommands changed.
fn each_arg(command: Command, change: &impl Fn(Arg) -> Arg) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let command = command.mut_args(change);
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |command| each_arg(command, change))
    })
}

fn hinted(shell: Shell, arg: Arg) -> Arg {
    let id = arg.get_id().as_str().to_owned();
    let arg = match id.as_str() {
        // Marks that the scripts are searched for below.
        "org" => arg.value_hint(ValueHint::Username),
        // On one line, which is left out below.
        "names" => arg.value_parser(clap::value_parser!(String)),
        "profile" => arg.value_hint(ValueHint::Hostname),
        "dir" => arg.value_hint(ValueHint::DirPath),
        id if FILES.contains(&id) => arg.value_hint(ValueHint::FilePath),
        _ => arg,
    };
    // A colon ends the name of a value there, and what comes after it is run as a
    // command. clap_complete 4.6 escapes it in help only.
    let has_colon = |names: &[clap::builder::Str]| names.iter().any(|name| name.contains(':'));
    match arg.get_value_names() {
        Some(names) if shell == Shell::Zsh && has_colon(names) => {
            let names: Vec<String> = names.iter().map(|name| name.replace(':', "\\:")).collect();
            arg.value_names(names)
        }
        _ => arg,
    }
}

/// Leaves out what help does not show.
fn without_hidden(shell: Shell, script: &str) -> String {
    if shell == Shell::Bash {
        return HIDDEN.iter().fold(script.to_owned(), |script, option| {
            script.replace(&format!(" --{option} "), " ")
        });
    }
    let mut marks = vec![format!("::{WORDS} --")];
    for option in HIDDEN {
        marks.extend([
            format!("--{option}="),
            format!("--{option}["),
            format!("-l {option} "),
            format!("'--{option}'"),
        ]);
    }
    let is_hidden = |line: &&str| marks.iter().any(|mark| line.contains(mark.as_str()));
    let lines = script.lines().filter(|line| !is_hidden(line));
    lines.map(|line| format!("{line}\n")).collect()
}

fn bash(script: &str) -> String {
    let mut script = script.replace(BASH_WORDS, BASH_EQUALS);
    for (option, kind) in ASKED {
        let before = format!("--{option})\n                    ");
        let asks = format!(r#"_sfbox_names {kind} "${{cur}}""#);
        script = script.replace(&format!("{before}{BASH_FILES}"), &format!("{before}{asks}"));
    }
    let names = r#"_sfbox_names() {
    # Names with a colon are ARNs, in which bash sees several words.
    local line before="${COMP_LINE:0:COMP_POINT}"
    local typed="${before##*[[:space:]=]}"
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ "${line}" == "${typed}"* ]]; then
            line="${line#"${typed%"$2"}"}"
            COMPREPLY+=("$(printf '%q' "${line}")")
        fi
    done < <("${COMP_WORDS[0]}" completions --names "$1" -- "${before}" 2>/dev/null)
}

"#;
    format!("{names}{script}")
}

fn zsh(script: &str) -> String {
    let names = r#"
_sfbox_names() {
    local -a names
    names=("${(@f)$(_call_program names ${(q)words[1]} completions --names $1 -- ${(q)words[2,CURRENT-1]} 2>/dev/null)}")
    names=("${(@)names:#}")
    compadd -a names
}
_sfbox_orgs() { _sfbox_names orgs }
_sfbox_profiles() { _sfbox_names profiles }
"#;
    let (head, rest) = script.split_once('\n').unwrap_or(("", script));
    let rest = rest
        .replace(":_users'", ":_sfbox_orgs'")
        .replace(":_hosts'", ":_sfbox_profiles'");
    format!("{head}\n{names}{rest}")
}

fn fish(script: &str) -> String {
    let names = "function __sfbox_names
    set -l words (commandline -opc)
    $words[1] completions --names $argv[1] -- $words[2..-1] 2>/dev/null
end

";
    let script = script
        .replace("(__fish_complete_users)", "(__sfbox_names orgs)")
        .replace("(__fish_print_hostnames)", "(__sfbox_names profiles)");
    // Before a command clap's own lines hold only once the option has its value.
    let options = ASKED.map(|(option, kind)| {
        format!("complete -c sfbox -l {option} -r -f -a \"(__sfbox_names {kind})\"\n")
    });
    format!("{names}{script}{}", options.concat())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::command_line::Cli;

    #[test]
    fn every_shell_asks_for_names_and_shows_nobody_how() {
        for (shell, orgs, profiles) in [
            (
                Shell::Bash,
                "_sfbox_names orgs \"",
                "_sfbox_names profiles \"",
            ),
            (Shell::Zsh, ":_sfbox_orgs'", ":_sfbox_profiles'"),
            (
                Shell::Fish,
                "(__sfbox_names orgs)",
                "(__sfbox_names profiles)",
            ),
        ] {
            let script = of(shell, Cli::command());
            assert!(script.contains(orgs), "{shell}");
            assert!(script.contains(profiles), "{shell}");
            let shown = script.lines().filter(|line| line.contains("--names"));
            for line in shown {
                // bash's own branch for its value offers nothing.
                let is_asked = line.contains("completions --names");
                assert!(is_asked || line.trim() == "--names)", "{shell}: {line}");
            }
            assert!(!script.contains("-l names"), "{shell}");
        }
    }

    #[test]
    fn no_shell_offers_what_help_does_not_show() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = of(shell, Cli::command());
            for hidden in [
                " --json ",
                " --query ",
                "--json[",
                "--query=",
                "-l json ",
                "-l query ",
            ] {
                assert!(!script.contains(hidden), "{shell}: {hidden}");
            }
            assert!(script.contains("output-file"), "{shell}");
        }
    }

    #[test]
    fn bash_reads_a_value_behind_an_equals_sign() {
        let script = of(Shell::Bash, Cli::command());
        assert_eq!(script.matches(BASH_EQUALS).count(), 1);
    }

    #[test]
    fn no_value_of_zsh_is_run_as_a_command() {
        let script = of(Shell::Zsh, Cli::command());
        for (option, value) in [
            ("--store=", ":aws|file\\:DIR:_default'"),
            ("--connect-to=", ":HOST\\:PORT\\:HOST\\:PORT:_default'"),
            ("--allow-host=", ":HOST[\\:PORT]:_default'"),
        ] {
            let lines = script.lines().filter(|line| line.contains(option));
            let mut lines = lines.peekable();
            assert!(lines.peek().is_some(), "{option}");
            for line in lines {
                assert!(line.contains(value), "{line}");
            }
        }
    }
}
