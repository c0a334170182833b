// `flashsale serve`: the service alone, against configured stores.

import ArgumentParser
import FlashSaleHTTP
import Foundation
import Logging
import TelemetryExport
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the API against configured Postgres and Redis.",
        discussion: Setting.discussion(ofService: Setting.all))

    @Argument(parsing: .allUnrecognized, help: Setting.asFlags, completion: Setting.completion(of: Setting.all))
    var settings: [String] = []

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let supervisor = Supervisor(environment: environment)
        do {
            var settings = try Settings.read(arguments: settings)
            try InheritedSockets.adopt(into: &settings.http, environment: environment)
            try await serve(settings, supervisor: supervisor)
        } catch {
            supervisor?.status("\(error)".replacing("\n", with: " "))
            throw error
        }
    }

    private func serve(_ settings: Settings, supervisor: Supervisor?) async throws {
        let telemetry = settings.startTelemetry()
        supervisor?.status("asking the stores")
        do {
            let logger = Logger(label: "flashsale")
            let assembly = try await Assembly(settings, telemetry: telemetry, supervisor: supervisor)
            try await assembly.run(endsBy: [.sigterm, .sigint]) { ports in
                // Port 0 means any free port: scripts learn it from this line.
                logger.notice(
                    "listening", metadata: ["api_port": "\(ports.api)", "ops_port": "\(ports.operations)"])
                supervisor?.ready("serving on port \(ports.api), operations on port \(ports.operations)")
            }
        } catch {
            telemetry.shutdown()
            throw error
        }
    }
}
