// The buyer's page in Chromium: people buy on it, with scripts and without.

import Foundation
import Testing

extension SystemTests {
    @Suite("The page in a browser", .enabled(if: Browser.isInstalled, "chromium, its driver or selenium is missing"))
    struct PageBrowserTests {
        /// The script's patience with all of its steps.
        private static let patience = Duration.seconds(180)

        @Test("Each step from the crowd to an order works, looks right, and is open to everybody")
        func steps() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                let process = try Browser.run(["http://127.0.0.1:\(service.port)", Deployment.adminToken])
                let status = await process.end(within: Self.patience)
                #expect(status == 0, "\(process.errors)")
                let rows = process.output.split(separator: "\n").map { $0.split(separator: "\t") }
                #expect(rows.count >= 5, "\(process.output)")
                for row in rows { #expect(row.count == 2 && row.last == "ok", "\(row)") }
                await service.process.stop()
            }
        }
    }
}

/// Chromium, and what drives it.
private enum Browser {
    static let script = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("../../../scripts/browser/page").standardized.path

    /// A Python that has selenium; nil if neither has it: the one of the path, and the one of Debian's packages.
    private static let python = ["python3", "/usr/bin/python3"].first { python in
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, "-c", "import selenium"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/chromedriver") && python != nil

    static func run(_ arguments: [String]) throws -> ServiceProcess {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try ServiceProcess(
            [python ?? "python3", script] + arguments, program: "/usr/bin/env",
            settings: ["HOME": NSHomeDirectory(), "PATH": path])
    }
}
