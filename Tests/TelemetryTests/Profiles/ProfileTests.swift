// The pages under /debug/pprof/, each read as its tools read it.

import Glibc
import Telemetry
import Testing

@testable import TelemetryExport

@Suite("Profiles", .serialized)
struct ProfileTests {
    private let instruments = Instruments()

    private var profiles: Profiles { Profiles(instruments: instruments.profile, arguments: ["flashsale", "serve"]) }

    private func count(_ page: ProfileName, _ result: ProfileResult) -> UInt64 {
        instruments.profile.requestsTotal.value(ProfileLabels(page, result))
    }

    @Test("A function that burns the CPU has most of the profile, by name and by thread")
    func burner() async {
        // A process of its own: the other tests burn CPU too.
        await #expect(processExitsWith: .success) {
            let instruments = Instruments()
            let profiles = Profiles(instruments: instruments.profile, arguments: [])
            let answer = try await whileBurning {
                await profiles.answer(ProfileQuery(name: "profile", query: "seconds=1&rate=200"))
            }
            #expect(answer.status == 200)
            let profile = try ReadProfile(gzipped: answer.body)
            #expect(profile.types == ["samples/count", "cpu/nanoseconds"])
            #expect(profile.periodType == "cpu/nanoseconds")
            #expect(profile.period == 5_000_000)
            #expect(profile.durationNanoseconds >= 1_000_000_000)
            #expect(profile.share(of: "TelemetryTests.burn(", value: 0) > 0.6)
            #expect(profile.share(of: "TelemetryTests.burn(", value: 1) > 0.6)
            let threads = profile.samples.filter { $0.functions.contains { $0.contains("TelemetryTests.burn(") } }
            #expect(threads.allSatisfy { $0.labels["thread"] == "burner" })
            #expect(instruments.profile.requestsTotal.value(ProfileLabels(.profile, .ok)) == 1)
        }
    }

    @Test("Ids count from 1 in order, and the first text is empty", arguments: ["profile?seconds=1", "goroutine"])
    func shape(page: String) async throws {
        let parts = page.split(separator: "?")
        let answer = await profiles.answer(
            ProfileQuery(name: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : ""))
        let profile = try ReadProfile(gzipped: answer.body)
        #expect(profile.texts.first == "")
        #expect(Set(profile.texts).count == profile.texts.count)
        for ids in [profile.mappingIDs, profile.locationIDs, profile.functionIDs] {
            #expect(ids == ids.indices.map { UInt64($0 + 1) })
        }
    }

    @Test(
        "A parameter that is out of range is refused",
        arguments: [
            ("profile", "seconds=-1"), ("profile", "seconds=0"), ("profile", "seconds=301"), ("profile", "seconds=abc"),
            ("profile", "seconds="), ("profile", "seconds"), ("profile", "seconds=1&rate=0"),
            ("profile", "seconds=1&rate=1001"), ("goroutine", "debug=3"), ("threadcreate", "debug=x"),
        ])
    func outOfRange(page: String, query: String) async throws {
        let answer = await profiles.answer(ProfileQuery(name: page, query: query))
        #expect(answer.status == 400)
        #expect(count(try #require(ProfileName(rawValue: page)), .refused) == 1)
    }

    @Test("There is no other page", arguments: ["block", "mutex", "continuous", "upload", "nothing", "../profile"])
    func unknown(page: String) async {
        #expect(await profiles.answer(ProfileQuery(name: page, query: "")).status == 404)
    }

    @Test("A second profile is refused during the first; a cancelled profile frees the profiler at once")
    func busy() async throws {
        let profiles = profiles
        let first = Task { await profiles.answer(ProfileQuery(name: "profile", query: "seconds=300")) }
        while !CPUProfiler.shared.isBusy {
            try Task.checkCancellation()
            await Task.yield()
        }
        #expect(await profiles.answer(ProfileQuery(name: "profile", query: "seconds=1")).status == 409)
        first.cancel()
        #expect(await first.value.status == 503)
        #expect(count(.profile, .cancelled) == 1)
        #expect(count(.profile, .busy) == 1)
        #expect(await profiles.answer(ProfileQuery(name: "profile", query: "seconds=1")).status == 200)
    }

    @Test("Every thread shows its stack, even if it sleeps", arguments: ["goroutine", "threadcreate"])
    func threads(page: String) async throws {
        let profiles = profiles
        let (answer, text) = await whileBurning {
            (
                await profiles.answer(ProfileQuery(name: page, query: "")),
                await profiles.answer(ProfileQuery(name: page, query: "debug=2"))
            )
        }
        let profile = try ReadProfile(gzipped: answer.body)
        #expect(profile.types == ["\(page)/count"])
        // The innermost function may be any that it calls.
        #expect(profile.samples.contains { $0.functions.contains { $0.contains("whileBurning") } })
        let shown = String(decoding: text.body, as: UTF8.self)
        #expect(shown.contains("[burner]:\n"))
        #expect(shown.contains("whileBurning"))
    }

    @Test("The goroutine page lists the live tasks after the threads")
    func tasks() async {
        let task = LiveTask(name: "purchase", age: .milliseconds(12))
        let profiles = Profiles(instruments: instruments.profile, arguments: [], tasks: { [task] })
        func page(_ name: String, _ query: String) async -> String {
            String(decoding: await profiles.answer(ProfileQuery(name: name, query: query)).body, as: UTF8.self)
        }
        #expect(await page("goroutine", "debug=2").hasSuffix("\n\n1 tasks:\ntask [purchase], 12 ms\n"))
        #expect(await !page("threadcreate", "debug=2").contains("task [purchase]"))
    }

    @Test("A POST of addresses gets their names")
    func symbol() async {
        let page = ProfileQuery(name: "symbol", query: "")
        #expect(String(decoding: await profiles.answer(page).body, as: UTF8.self) == "num_symbols: 1\n")
        let name = "malloc_usable_size"
        let address = UInt64(UInt(bitPattern: dlsym(nil, name)))
        let posted = ProfileQuery(name: "symbol", query: "", posted: Array("\(hexadecimal(address))+0x1".utf8))
        let answer = String(decoding: await profiles.answer(posted).body, as: UTF8.self)
        #expect(answer == "num_symbols: 1\n\(hexadecimal(address)) \(name)\n0x1 [unknown]\n")
    }

    @Test(
        "The index counts and links the profiles, with the slash at its end and without it",
        arguments: [("", ""), ("pprof", "pprof/")])
    func index(name: String, folder: String) async {
        let page = String(decoding: await profiles.answer(ProfileQuery(name: name, query: "")).body, as: UTF8.self)
        #expect(page.contains("<a href=\"\(folder)goroutine?debug=2\">goroutine</a>"))
        #expect(page.contains(#/<td>[1-9][0-9]*</td>/#))
    }

    @Test("The command line is shown")
    func commandLine() async {
        let answer = await profiles.answer(ProfileQuery(name: "cmdline", query: ""))
        #expect(answer.body == Array("flashsale\0serve".utf8))
    }

    @Test(
        "Secrets of the command line are masked",
        arguments: [
            (["--admin-token", "s3cret"], ["--admin-token", "[REDACTED]"]),
            (["--admin-token=s3=cret", "x"], ["--admin-token=[REDACTED]", "x"]),
            (["--url=redis://u:s3cret@h:1/0"], ["--url=redis://[REDACTED]@h:1/0"]),
            (["postgres://u:s@cret@h/db", "a@b"], ["postgres://[REDACTED]@h/db", "a@b"]),
        ])
    func mask(arguments: [String], shown: [String]) {
        #expect(CommandLineMask(secretFlags: ["--admin-token"]).apply(to: arguments) == shown)
    }

    @Test("Only executable mappings count, and a path may contain blanks")
    func maps() {
        let maps = """
            1000-2000 r--p 00000000 08:01 7   /a b/c
            2000-3000 r-xp 00001000 08:01 7   /a b/c
            7000-8000 rw-p 00000000 00:00 0   [stack]
            9000-a000 rwxp 00000000 00:00 0
            """
        let expected = [LoadedObject(start: 0x2000, end: 0x3000, offset: 0x1000, path: "/a b/c")]
        #expect(LoadedObject.parse(maps: maps) == expected)
        #expect(LoadedObject.mainStackEnd(maps: maps) == 0x8000)
    }

    @Test("A file that is no ELF file gives no names", arguments: ["/proc/self/maps", "/etc/passwd", "/nowhere"])
    func notELF(path: String) {
        if let file = ELFFile(path: path) { Issue.record("\(path) was read: \(file.buildID)") }
    }
}

/// Runs the body while a thread named `burner` is busy.
private func whileBurning<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result {
    let (started, start) = AsyncStream<Void>.makeStream()
    let burning = Task {
        await withOwnThread(named: "burner") { stop in
            start.finish()
            var number = 1
            while !stop.isSet { number = burn(number) }
            return number
        }
    }
    for await _ in started {}
    defer { burning.cancel() }
    return try await body()
}

/// Keeps the CPU busy for a millisecond or so.
@inline(never)
func burn(_ seed: Int) -> Int {
    var number = seed
    for step in 0..<20_000 { number = number &* 31 ^ step }
    return number
}
