// The command: one subcommand for each thing it does.

import ArgumentParser
@preconcurrency import Glibc
import Telemetry

struct FlashSaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flashsale",
        abstract: "A flash sale: a limited stock, a start time, and far more buyers than units.",
        version: BuildInfo().version,
        subcommands: [
            ServeCommand.self, DevCommand.self, MigrateCommand.self, AuditCommand.self, TokenCommand.self,
            VerifyDrawCommand.self, SaleCommand.self, ShopsCommand.self, ReportCommand.self,
        ]
    )

    /// The exit code of a command whose results could not be written.
    private static let unwritten: Int32 = 3

    static func main() async {
        do {
            if let name = unknownSubject(ofHelp: Array(CommandLine.arguments.dropFirst())) {
                throw ValidationError("There is no command \(name).")
            }
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: Self.told(error, to: Array(CommandLine.arguments.dropFirst())))
        }
        // `print` keeps to itself that a disk is full.
        guard fflush(stdout) == 0, ferror(stdout) == 0 else {
            fputs("Error: the results cannot be written to standard output\n", stderr)
            Glibc.exit(unwritten)
        }
    }

    /// An error as it is told: that of a mistyped flag knows the command's own options.
    static func told(_ error: any Error, to arguments: [String]) -> any Error {
        guard let flag = (error as? Failure)?.unknownFlag else { return error }
        return Failure.unknown(flag, help: command(in: arguments).helpMessage())
    }

    /// The command that the first words name.
    private static func command(in arguments: [String]) -> any ParsableCommand.Type {
        var command: any ParsableCommand.Type = self
        for name in arguments {
            let subcommands = command.configuration.subcommands
            guard let next = subcommands.first(where: { $0.configuration.commandName == name }) else { break }
            command = next
        }
        return command
    }

    /// The first word after `help` that is no command. ArgumentParser shows the help of the words before it, and calls
    /// that a success.
    static func unknownSubject(ofHelp arguments: [String]) -> String? {
        guard arguments.first == "help" else { return nil }
        var command: any ParsableCommand.Type = self
        for name in arguments.dropFirst() where !name.hasPrefix("-") {
            let subcommands = command.configuration.subcommands
            guard let next = subcommands.first(where: { $0.configuration.commandName == name }) else { return name }
            command = next
        }
        return nil
    }
}
