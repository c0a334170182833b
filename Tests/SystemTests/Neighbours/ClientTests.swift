// The service as the clients and proxies of this machine use it: the short form of `make world`.

import Foundation
import Testing

extension SystemTests {
    @Suite("Clients and proxies", .serialized)
    struct ClientTests {
        @Test(
            "Clients shop, and proxies that keep connections, without one failed request",
            arguments: ["clients", "proxies"])
        func shop(script: String) async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(["FLASHSALE_HTTP_IDLE_SECONDS": "2"])
                let sale = try await service.createSale(items: 1_000, stock: 100)
                let rows = try await Self.rows(of: script, port: service.port, sale: sale)
                for row in rows {
                    try #require(row.count == 5, "\(row)")
                    #expect(Int(row[1]) ?? 0 > 0 && row[2] == "0", "\(row)")
                }
                print("\(script): tried \(rows.map { $0[0] }.joined(separator: ", "))")
                await service.process.stop()
            }
        }

        /// The rows of those programs that this machine has.
        private static func rows(of script: String, port: Int, sale: Int) async throws -> [[String]] {
            let path = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
                .appendingPathComponent("../../../scripts/world/\(script)").standardized.path
            let url = "http://127.0.0.1:\(port)"
            let process = try ServiceProcess(
                ["--short", url, String(sale)], program: path, settings: ["HOME": NSHomeDirectory()])
            let status = await process.end()
            #expect(status == 0 && process.errors.isEmpty, "\(process.errors)")
            return process.output.split(separator: "\n").map { line in
                line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            }
        }
    }
}
