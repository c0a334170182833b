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
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
        // `print` keeps to itself that a disk is full.
        guard fflush(stdout) == 0, ferror(stdout) == 0 else {
            fputs("Error: the results cannot be written to standard output\n", stderr)
            Glibc.exit(unwritten)
        }
    }
}
