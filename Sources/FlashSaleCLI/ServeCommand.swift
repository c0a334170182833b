// `flashsale serve`: the service alone, against configured stores.

import ArgumentParser
import Foundation
import Telemetry
import TelemetryExport

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the API against configured Postgres and Redis.",
        discussion: Setting.discussion)

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings as flags.", visibility: .hidden))
    var settings: [String] = []

    func run() async throws {
        let settings = try await Settings.read(arguments: settings)
        let telemetry = TelemetryBootstrap.start(log: settings.log)
        do {
            try await Assembly(settings, telemetry: telemetry).run { _ in }
        } catch {
            telemetry.shutdown()
            throw error
        }
    }
}

extension Settings {
    var log: LogSettings { LogSettings(level: logLevel, userID: logUserID) }
}
