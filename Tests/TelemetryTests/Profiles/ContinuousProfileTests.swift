// The continuous mode: its files, its store, and how it gives way.

import Glibc
import Telemetry
import Testing

@testable import TelemetryExport

@Suite("Continuous profiles")
struct ContinuousProfileTests {
    @Test("The last 20 files of a kind stay, and each reads back complete")
    func files() throws {
        let files = try ProfileFiles(directory: temporaryDirectory() + "/a/b")
        for second in 1...25 { #expect(files.write([1, 2, 3], kind: "cpu", at: second) != nil) }
        let path = try #require(files.write([4], kind: "mem", at: 7))
        #expect(files.names(of: "cpu") == (6...25).map { "cpu-profile-\($0).prof" })
        #expect(files.names(of: "mem") == ["mem-profile-7.prof"])
        #expect(readFile(path) == "\u{4}")
        files.remove(path)
        #expect(files.names(of: "mem").isEmpty)
    }

    @Test("A file that cannot be written leaves no part behind")
    func unwritable() throws {
        let directory = try temporaryDirectory()
        let files = ProfileFiles(directory: directory)
        mkdir("\(directory)/cpu-profile-1.prof.part", 0o700)
        #expect(files.write([1], kind: "cpu", at: 1) == nil)
        #expect(ProfileFiles(directory: "/dev/null/profiles").write([1], kind: "cpu", at: 1) == nil)
        #expect(files.names(of: "cpu").isEmpty)
    }

    @Test(
        "The address of a store is checked",
        arguments: [
            ("http://h/", true), ("http://h", true), ("http://h:9000/a/b?sig=1", true), ("https://h/", true),
            ("http://[::1]:9000/a", true), ("ftp://h/", false), ("http://", false), ("http://h:x/", false),
            ("http://h:70000/", false), ("http://u:p@h/", false), ("http://h/a b", false),
            ("http://h/\r\nX: y", false),
        ])
    func address(url: String, isGood: Bool) {
        #expect((ProfileStore(url: url) != nil) == isGood)
    }

    @Test("A profile is put under the prefix, and only an answer of success counts", arguments: [200, 201, 403, 500])
    func put(status: Int) async throws {
        let sink = try #require(ByteSink(answer: "HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n"))
        let store = try #require(ProfileStore(url: "http://127.0.0.1:\(sink.port)/a?sig=1"))
        async let isStored = store.put(Array("body".utf8), name: "x.prof")
        // The store waits only a limited time for its answer, so the sink must be ready first.
        let text = try #require(await sink.receive(endingWith: "\r\n\r\nbody"))
        #expect(await isStored == (status < 300))
        #expect(text.hasPrefix("PUT /a/x.prof?sig=1 HTTP/1.1\r\nHost: 127.0.0.1:\(sink.port)\r\n"))
        #expect(text.contains("Content-Length: 4\r\n"))
    }

    @Test("An upload without a server fails")
    func nobody() async throws {
        let port = try #require(ByteSink(answer: "")?.port)
        #expect(await ProfileStore(url: "http://127.0.0.1:\(port)/")?.put([1], name: "x") == false)
    }

    @Test("The mode fills its directory, gives way to requests, and ends when it is told to")
    func mode() async throws {
        let directory = try temporaryDirectory()
        await #expect(processExitsWith: .success) { [directory = directory as String] in
            let instruments = Instruments().profile
            let mode = ContinuousProfiles(directory: directory, interval: .seconds(300))
            let profiles = Profiles(instruments: instruments, arguments: [])
            let ending = StopFlag()
            let running = Task { await mode.run(instruments, ending: ending) }
            while !CPUProfiler.shared.isBusy {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(await profiles.answer(ProfileQuery(name: "profile", query: "seconds=1")).status == 200)
            while !CPUProfiler.shared.isBusy {
                try Task.checkCancellation()
                await Task.yield()
            }
            ending.set()
            await running.value
            #expect(!mode.files.names(of: "cpu").isEmpty)
            #expect(instruments.requestsTotal.value(ProfileLabels(.continuous, .ok)) >= 2)
        }
    }

    private func temporaryDirectory() throws -> String {
        var template = Array("/tmp/flashsale-profiles.XXXXXX".utf8CString)
        return String(cString: try #require(mkdtemp(&template)))
    }
}
