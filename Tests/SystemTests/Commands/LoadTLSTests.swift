// `flashsale-load` against a service that speaks TLS.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("The load generator and https", .enabled(if: Certificates.isInstalled))
    struct LoadTLSTests {
        private static func load(_ target: String, _ more: String...) async throws -> (status: Int32?, text: String) {
            let directory = try TestDirectory("load")
            defer { directory.remove() }
            let arguments = [
                "light", "--buyers", "4", "--connections", "4", "--seconds", "1", "--target", target, "--journal",
                directory.file("journal"), "--metrics-port", "0", "--quiet",
            ]
            let process = try ServiceProcess(arguments + more, program: "flashsale-load")
            let status = await process.end()
            return (status, process.output + process.errors)
        }

        @Test("Buyers come under TLS, and only to a server whose certificate is of its name and of a known authority")
        func https() async throws {
            let certificates = try await Certificates()
            defer { certificates.directory.remove() }
            let authority = certificates.file("ca.crt")
            try await Deployment.with { deployment in
                let plain = try await deployment.serveUnscheduled()
                _ = try await plain.createSale(items: 500)
                let secure = try await deployment.serveUnscheduled([
                    "FLASHSALE_HTTP_TLS_CERTIFICATE": certificates.file("server.crt"),
                    "FLASHSALE_HTTP_TLS_KEY": certificates.file("server.key"),
                ])
                let target = "https://127.0.0.1:\(secure.port)"
                let run = try await Self.load(target, "--ca-file", authority)
                #expect(run.status == 0 && run.text.contains("against \(target) sale"), "\(run.text)")
                #expect(run.text.contains("audit passed") && !run.text.contains("problem: "), "\(run.text)")
                let refusals = [
                    (
                        target, authority + "x",
                        "\(authority)x cannot be read as certificates in PEM (No such file or directory)"
                    ),
                    (target, certificates.file("stranger.crt"), "the certificate of 127.0.0.1 is not trusted: "),
                    ("https://localhost:\(secure.port)", authority, "is not trusted: hostname mismatch"),
                    ("https://127.0.0.1:\(plain.port)", authority, "no TLS with 127.0.0.1: "),
                    ("http://127.0.0.1:\(secure.port)", authority, "ended its connection: "),
                ]
                for (target, file, sentence) in refusals {
                    let refused = try await Self.load(target, "--ca-file", file)
                    #expect(refused.status == 3 && refused.text.contains(sentence), "\(refused.text)")
                    #expect(refused.text.count { $0 == "\n" } == 1)
                }
                await secure.process.stop()
                await plain.process.stop()
            }
        }
    }
}
