//! A program with its arguments and environment, to be run more than once.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::command::foreign;

#[derive(Clone, Debug)]
pub(super) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

impl Program {
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    pub(super) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(super) fn args<A: Into<OsString>>(
        mut self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(super) fn envs(
        mut self,
        variables: impl IntoIterator<Item = (&'static str, OsString)>,
    ) -> Self {
        self.environment.extend(variables);
        self
    }

    pub(super) fn command(&self) -> Command {
        let mut command = foreign(&self.path);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The same, run by another program that takes a command as its arguments.
    pub(super) fn under(self, outer: impl Into<PathBuf>) -> Self {
        let inner = std::iter::once(self.path.into()).chain(self.arguments);
        Self::new(outer).args(inner).envs(self.environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outer_program_gets_the_whole_command() {
        let inner = Program::new("sfbox").args(["query", "SELECT Id"]);
        let command = inner.envs([("A", "b".into())]).under("meter").command();
        assert_eq!(command.get_program(), "meter");
        let arguments: Vec<_> = command.get_args().collect();
        assert_eq!(arguments, ["sfbox", "query", "SELECT Id"]);
        assert!(command.get_envs().any(|(name, _)| name == "A"));
    }
}
