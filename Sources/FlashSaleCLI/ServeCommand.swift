// `flashsale serve`: the service alone, against configured stores.

import ArgumentParser
import FlashSaleHTTP
import Logging
import TelemetryExport
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the API against configured Postgres and Redis.",
        discussion: Setting.discussion)

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings as flags.", visibility: .hidden))
    var settings: [String] = []

    func run() async throws {
        let settings = try await Settings.read(arguments: settings)
        let telemetry = settings.startTelemetry()
        do {
            let logger = Logger(label: "flashsale")
            try await Assembly(settings, telemetry: telemetry).run(endsBy: [.sigterm, .sigint]) { ports in
                // Port 0 means any free port: scripts learn it from this line.
                logger.notice(
                    "listening", metadata: ["api_port": "\(ports.api)", "ops_port": "\(ports.operations)"])
            }
        } catch {
            telemetry.shutdown()
            throw error
        }
    }
}
