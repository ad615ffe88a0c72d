//! Access tokens in JWT format: they say themselves when they end.
//!
//! Source: Salesforce Help, "JWT-Based Access Tokens". Members and their shape,
//! but for those marked, are those of the token in the tests of Salesforce's
//! Mobile SDK for iOS (`JwtAccessTokenTests.swift`), which a real org issued;
//! its `sfi`, `mty`, `hsc` and `roles` are left out.
//!
//! No library signs the tokens. `jsonwebtoken` 12 leaves the signature to a
//! backend: RustCrypto (26 crates that the workspace does not have) or aws-lc
//! (a build in C). Either is a second crypto stack in the binary, beside ring.
//! A backend of ours on ring would be longer than the code that it saves, which
//! is [`part`] and one `format!`. Verification, the main part of that crate, has
//! no use here: the org compares tokens with those that it stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::id::RecordId;

/// The key that signs every token of every emulator: RSA of 2,048 bits in the
/// DER of PKCS #1, made by OpenSSL.
///
/// It is in the sources because Salesforce signs with RS256 only, and neither
/// ring nor rcgen with ring can make an RSA key. It protects nothing, and must
/// never: this org knows its tokens because it keeps them, and a token that it
/// does not keep is refused however well it is signed.
const KEY: &[u8] = include_bytes!("jwt-key.der");

/// Random bytes in a token's id: two logins in one second must differ, and an
/// RS256 signature adds no noise of its own.
const ID_BYTES: usize = 16;

/// Seconds between a token's `nbf` and its `iat`, for clocks that are behind.
/// Source: as for the members.
const LEEWAY_S: i64 = 15;

/// What a token is issued for.
#[derive(Clone, Copy)]
pub(crate) struct Grant<'a> {
    pub(crate) org: &'a RecordId,
    /// The org's My Domain URL.
    pub(crate) url: &'a str,
    pub(crate) user: &'a RecordId,
    /// The app's consumer key.
    pub(crate) client_id: &'a str,
    pub(crate) scope: &'a str,
    /// Seconds since 1970.
    pub(crate) issued_s: i64,
    /// The first second without the token, since 1970.
    pub(crate) expires_s: i64,
}

#[derive(Serialize)]
struct Header<'a> {
    tnk: &'a str,
    ver: &'static str,
    kid: &'a str,
    tty: &'static str,
    typ: &'static str,
    alg: &'static str,
}

#[derive(Serialize)]
struct Claims<'a> {
    scp: &'a str,
    /// The name in RFC 9068, beside Salesforce's `scp`: the emulator's own.
    scope: &'a str,
    aud: [&'a str; 1],
    sub: &'a str,
    nbf: i64,
    iss: &'a str,
    exp: i64,
    iat: i64,
    /// The emulator's own; see [`ID_BYTES`].
    jti: &'a str,
    client_id: &'a str,
}

/// Makes a token and signs it.
pub(crate) fn issue(grant: Grant<'_>) -> Result<String, Unspecified> {
    let random = SystemRandom::new();
    let mut id = [0; ID_BYTES];
    random.fill(&mut id)?;
    let header = part(&Header {
        tnk: &format!("core/emulator/{}", grant.org),
        ver: "1.0",
        kid: &format!("CORE_ATJWT.{}.1", grant.org.short()),
        tty: "sfdc-core-token",
        typ: "JWT",
        alg: "RS256",
    })?;
    let claims = part(&Claims {
        scp: grant.scope,
        scope: grant.scope,
        aud: [grant.url],
        sub: &format!("uid:{}", grant.user),
        nbf: grant.issued_s.saturating_sub(LEEWAY_S),
        iss: grant.url,
        exp: grant.expires_s,
        iat: grant.issued_s,
        jti: &URL_SAFE_NO_PAD.encode(id),
        client_id: grant.client_id,
    })?;
    let signed = format!("{header}.{claims}");
    let key = RsaKeyPair::from_der(KEY)?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &random,
        signed.as_bytes(),
        &mut signature,
    )?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Whether a token has this format, whoever made it and however bad it is:
/// three parts in base64url, of which the first is a JSON object.
pub(crate) fn is_jwt(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return false;
    };
    let is_header = URL_SAFE_NO_PAD
        .decode(header)
        .is_ok_and(|json| serde_json::from_slice::<Map<String, Value>>(&json).is_ok());
    is_header && is_base64url(claims) && is_base64url(signature)
}

/// The claims of what has this format; nobody looks at its signature.
pub(crate) fn claims(token: &str) -> Option<Map<String, Value>> {
    if !is_jwt(token) {
        return None;
    }
    let json = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&json).ok()
}

fn is_base64url(part: &str) -> bool {
    !part.is_empty()
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn part(content: &impl Serialize) -> Result<String, Unspecified> {
    // Structs of text and numbers always serialize.
    let json = serde_json::to_vec(content).map_err(|_| Unspecified)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::json;

    use super::*;

    const URL: &str = "https://acme.my.salesforce.com";

    fn token() -> String {
        issue(Grant {
            org: &RecordId::new("00D", 1),
            url: URL,
            user: &RecordId::new("005", 1),
            client_id: "key",
            scope: "api",
            issued_s: 1_000,
            expires_s: 2_800,
        })
        .expect("a token")
    }

    fn decoded(part: &str) -> Value {
        let json = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&json).expect("JSON")
    }

    #[test]
    fn a_token_says_what_salesforces_say() {
        let token = token();
        let mut parts = token.split('.');
        assert_eq!(
            decoded(parts.next().expect("a header")),
            json!({
                "tnk": "core/emulator/00DSb0000000001MAA",
                "ver": "1.0",
                "kid": "CORE_ATJWT.00DSb0000000001.1",
                "tty": "sfdc-core-token",
                "typ": "JWT",
                "alg": "RS256",
            })
        );
        let mut claims = decoded(parts.next().expect("claims"));
        let jti = claims["jti"].take();
        assert_eq!(jti.as_str().map(str::len), Some(22), "16 bytes");
        assert_eq!(
            claims,
            json!({
                "scp": "api",
                "scope": "api",
                "aud": [URL],
                "sub": format!("uid:{}", RecordId::new("005", 1)),
                "nbf": 985,
                "iss": URL,
                "exp": 2_800,
                "iat": 1_000,
                "jti": null,
                "client_id": "key",
            })
        );
    }

    #[test]
    fn a_token_is_signed_by_the_key() {
        let token = token();
        let (signed, signature) = token.rsplit_once('.').expect("a signature");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        let key = RsaKeyPair::from_der(KEY).expect("a key");
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key());
        assert!(key.verify(signed.as_bytes(), &signature).is_ok());
        assert!(key.verify(&signed.as_bytes()[1..], &signature).is_err());
    }

    #[test]
    fn two_tokens_of_one_second_differ() {
        assert_ne!(token(), token());
    }

    #[test]
    fn the_format_is_told_by_its_shape() {
        let token = token();
        let (signed, _) = token.rsplit_once('.').expect("a signature");
        for (token, expected) in [
            (token.as_str(), true),
            // {"alg":"none"}.{}
            ("eyJhbGciOiJub25lIn0.e30.x", true),
            (signed, false),
            (&format!("{signed}."), false),
            (&format!("{token}.x"), false),
            (&format!("{signed}.a+b"), false),
            ("eyJhbGciOiJub25lIn0..x", false),
            // An array, and no JSON.
            ("W10.e30.x", false),
            ("made.up.token", false),
            ("00DSb0000000001!AQ.a.b", false),
            ("", false),
            ("..", false),
        ] {
            assert_eq!(is_jwt(token), expected, "{token}");
        }
        let opaque = super::super::new_token("00DSb0000000001").expect("a token");
        assert!(!is_jwt(&opaque));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(token in "\\PC{0,20}(\\.\\PC{0,20}){0,3}") {
            let _ = is_jwt(&token);
        }
    }
}
