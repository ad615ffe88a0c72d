//! The binary by itself.

#[test]
fn the_bootstrap_holds_no_compiler() {
    let binary = std::fs::read(env!("CARGO_BIN_EXE_bootstrap")).unwrap();
    let holds = |text: &[u8]| binary.windows(text.len()).any(|window| window == text);
    assert!(holds(b"AWSCURRENT"), "the search finds what is there");
    assert!(!holds(b"cranelift_codegen"));
    assert!(!holds(b"regalloc2"));
}
