// What `flashsale-load` needs of its surroundings: files, standard streams, a terminal. What is missing is a sentence
// and an exit code.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("The load generator's surroundings")
    struct LoadOutputTests {
        /// A target that nobody listens on.
        private static let nowhere = ["light", "--target", "http://127.0.0.1:1", "--quiet", "--metrics-port", "0"]

        private static func run(
            _ more: String..., shell: String = ServiceProcess.plainShell
        ) async throws -> (status: Int32?, errors: String) {
            let directory = try TestDirectory("load")
            defer { directory.remove() }
            let arguments = nowhere + ["--journal", directory.file("journal")] + more
            let process = try ServiceProcess(arguments, program: "flashsale-load", shell: shell)
            let status = await process.end()
            #expect(directory.names.isEmpty, "a run that did not begin leaves nothing")
            return (status, process.errors)
        }

        @Test("A run that may open too few files does not begin, and says so")
        func files() async throws {
            let few = try await Self.run("--connections", "2000", shell: "ulimit -n 500; " + ServiceProcess.plainShell)
            #expect(few.status == 3)
            #expect(few.errors.hasSuffix("the limit is 500: raise it with `ulimit -n`, or give fewer --connections.\n"))
            #expect(few.errors.hasPrefix("flashsale-load: 2000 connections need 2132 open files"))
        }

        @Test("A limit of files that may be raised is raised")
        func softLimit() async throws {
            let soft = try await Self.run("--connections", "300", shell: "ulimit -Sn 100; " + ServiceProcess.plainShell)
            #expect(soft.status == 3)
            #expect(soft.errors.contains("http://127.0.0.1:1 cannot be reached: 127.0.0.1: "), "\(soft.errors)")
        }

        @Test("What cannot be written is known before anything is asked")
        func unwritable() async throws {
            for (flag, path) in [("--json", "/nowhere/report"), ("--html", "/proc/x"), ("--csv", "/")] {
                let (status, errors) = try await Self.run(flag, path)
                #expect(status == 3)
                #expect(errors.hasPrefix("flashsale-load: The report \(path) cannot be written: "), "\(errors)")
            }
            let (status, errors) = try await Self.run("--json", "/tmp/x", "--csv", "/tmp/../tmp/x")
            #expect(status == 3)
            #expect(errors.hasPrefix("flashsale-load: Two results cannot be written to one file, "), "\(errors)")
            let (both, twice) = try await Self.run("--json", "-", "--csv", "-")
            #expect(both == 3 && twice.contains("Two results cannot be written to one file, -."), "\(twice)")
            let journal = try ServiceProcess(
                ["light", "--target", "http://127.0.0.1:1", "--journal", "/nowhere/journal"], program: "flashsale-load")
            #expect(await journal.end() == 3)
        }

        @Test("A closed standard output is said, and no other file takes its place")
        func closed() async throws {
            let (status, errors) = try await Self.run(shell: #"exec "$@" >&- 2> "$err""#)
            #expect(status == 3)
            #expect(errors == "flashsale-load: Standard output is closed, and the results go there.\n")
            let blind = try await Self.run(shell: #"exec "$@" > "$out" 2>&- <&-"#)
            #expect(blind.status == 3)
        }

        @Test(
            "On a terminal its picture fits, and has no colours; a dumb one gets lines",
            .enabled(if: Terminal.isInstalled), arguments: ["xterm", "dumb"])
        func terminal(kind: String) async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                let load = try ServiceProcess(
                    [
                        "raw", "--target", "http://127.0.0.1:\(service.port)", "--path", "/healthz", "--seconds", "2",
                        "--connections", "2", "--metrics-port", "0",
                    ], program: "flashsale-load", settings: ["TERM": kind], shell: Terminal.shell(columns: 30, rows: 5))
                #expect(await load.end() == 0, "\(load.output)")
                #expect(!load.output.contains(#/\u{1B}\[[0-9;]*m/#))
                #expect(load.output.contains("\u{1B}[4A\u{1B}[J") == (kind == "xterm"), "\(load.output)")
                #expect(load.output.contains("\u{1B}") == (kind == "xterm"))
                let drawn = load.output.split(whereSeparator: \.isNewline).filter {
                    $0.contains(#/^(time|rate|starts) {4}/#)
                }
                #expect(drawn.isEmpty == (kind == "dumb"))
                #expect(drawn.allSatisfy { $0.count <= 30 }, "\(drawn)")
                await service.process.stop()
            }
        }

        @Test("Results that cannot be written are an exit code, and the others are written")
        func lost() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                let target = "http://127.0.0.1:\(service.port)"
                let arguments = [
                    "raw", "--target", target, "--path", "/healthz", "--seconds", "0.5", "--connections", "2",
                    "--quiet", "--metrics-port", "0",
                ]
                for shell in [
                    #""$@" > /dev/full 2> "$err"; echo $? > "$out""#, #"{ "$@" 2> "$err"; echo $? > "$out"; } | true"#,
                ] {
                    let load = try ServiceProcess(arguments, program: "flashsale-load", shell: shell)
                    #expect(await load.end() == 0)
                    #expect(load.output == "3\n")
                    let sentence = "The results cannot be written to standard output: "
                    #expect(load.errors.contains(sentence), "\(load.errors)")
                }
                let load = try ServiceProcess(arguments + ["--json", "/dev/full"], program: "flashsale-load")
                #expect(await load.end() == 3)
                #expect(load.output.contains("raw against \(target)") && load.output.hasSuffix("\npassed\n"))
                #expect(load.errors.hasPrefix("flashsale-load: The report /dev/full cannot be written: "))
                #expect(!load.errors.contains("Domain="), "Foundation's errors print all that they hold")
                let piped = try ServiceProcess(arguments + ["--json", "-"], program: "flashsale-load")
                #expect(await piped.end() == 0)
                #expect(piped.errors.contains("raw against \(target)") && piped.errors.hasSuffix("\npassed\n"))
                let report = try JSONSerialization.jsonObject(with: Data(piped.output.utf8)) as? [String: Any]
                #expect(report?["ending"] as? Int == 0, "the report alone is on standard output")
                await service.process.stop()
            }
        }
    }
}
