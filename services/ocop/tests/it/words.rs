//! What the program says of itself.

use super::installation::ocop;

#[test]
fn every_command_says_what_it_does_and_takes_the_common_options() {
    for command in [
        &["up"][..],
        &["call"],
        &["token"],
        &["token", "mint"],
        &["audit"],
        &["audit", "verify"],
        &["certificate", "check"],
        &["bench"],
    ] {
        let help = ocop(&[command, &["--help"]].concat()).good();
        let first = help.lines().next().unwrap();
        assert!(first.len() > 10 && first.chars().next().is_some_and(char::is_uppercase), "{command:?}: {help}");
        for option in ["--server <URL>", "--token-file <FILE>", "--data-dir <DIR>"] {
            assert!(help.contains(option), "{command:?} lacks {option}: {help}");
        }
    }
    let help = ocop(&["--help"]).good();
    for part in ["OCOP", "up", "call", "token", "audit", "bench", "http://127.0.0.1:8080", "./data"] {
        assert!(help.contains(part), "{part}: {help}");
    }
    let up = ocop(&["up", "--help"]).good();
    for part in ["127.0.0.1:8080", "127.0.0.1:9090", "phu-yen-2021", "[default: none]"] {
        assert!(up.contains(part), "{part}: {up}");
    }
    assert!(ocop(&["--version"]).good().starts_with("ocop "));
}

#[test]
fn what_the_command_line_does_not_know_is_exit_code_2() {
    for arguments in [
        &["up", "--nope"][..],
        &["up", "--listen", "nowhere"],
        &["up", "--demo", "hanoi"],
        &["call"],
        &["import"],
        &["audit", "verify", "registry"],
        &["--nope"],
    ] {
        let ended = ocop(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains("--help"), "{arguments:?}: {ended:?}");
    }
    assert_eq!(ocop(&[]).code, Some(2), "no command at all");
}
