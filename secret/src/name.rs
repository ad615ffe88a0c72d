//! What a secret is called.

use std::fmt;

/// The longest name (AWS Secrets Manager, `CreateSecret`: 512).
const NAME_BYTES_MAX: usize = 512;

/// The longest ARN (`GetSecretValue`, `SecretId`: 2,048).
const ARN_BYTES_MAX: usize = 2_048;

/// A secret's name or ARN.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretName(String);

/// Why a text cannot be the name of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretNameError {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It is too long.
    #[error(
        "it is too long: a name has at most {NAME_BYTES_MAX} characters, an ARN {ARN_BYTES_MAX}"
    )]
    TooLong,
    /// It has another character.
    #[error("it has other characters than letters, digits and /_+=.@-, or the colons of an ARN")]
    Character,
}

impl SecretName {
    /// A name or an ARN, by AWS's rules (Secrets Manager API, `CreateSecret`),
    /// which hold for every store.
    ///
    /// # Errors
    ///
    /// When it can be neither.
    pub fn parse(text: &str) -> Result<Self, SecretNameError> {
        let arn = text.starts_with("arn:");
        let allowed = |byte: u8| {
            byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte) || (arn && byte == b':')
        };
        let max = if arn { ARN_BYTES_MAX } else { NAME_BYTES_MAX };
        match text {
            "" => Err(SecretNameError::Empty),
            _ if text.len() > max => Err(SecretNameError::TooLong),
            _ if !text.bytes().all(allowed) => Err(SecretNameError::Character),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_are_those_of_aws() {
        let arn = |bytes: usize| format!("arn:{}", "a".repeat(bytes - 4));
        for (text, parsed) in [
            ("prod/sales_force+=.@-1", Ok(())),
            (
                "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x-AbCdEf",
                Ok(()),
            ),
            ("", Err(SecretNameError::Empty)),
            ("a b", Err(SecretNameError::Character)),
            ("a:b", Err(SecretNameError::Character)),
            ("é", Err(SecretNameError::Character)),
            (&"a".repeat(512), Ok(())),
            (&"a".repeat(513), Err(SecretNameError::TooLong)),
            (&arn(2_048), Ok(())),
            (&arn(2_049), Err(SecretNameError::TooLong)),
        ] {
            assert_eq!(SecretName::parse(text).map(|_| ()), parsed, "{text}");
        }
    }
}
