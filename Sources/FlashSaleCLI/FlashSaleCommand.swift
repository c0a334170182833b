// The entry point: one command, one subcommand for each thing it does.

import ArgumentParser
import Telemetry

@main
struct FlashSaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flashsale",
        abstract: "A flash sale: a limited stock, a start time, and far more buyers than units.",
        version: BuildInfo().version,
        subcommands: [
            ServeCommand.self, DevCommand.self, MigrateCommand.self, AuditCommand.self, TokenCommand.self,
            VerifyDrawCommand.self, SaleCommand.self, ReportCommand.self,
        ]
    )
}
