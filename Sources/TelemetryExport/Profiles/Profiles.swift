// The profiles of this process, as the pages of Go's net/http/pprof, so that Go's tools and Parca read them.

public import ServiceLifecycle
public import Telemetry

/// The pages under /debug/pprof/.
///
/// | page | what it is |
/// |---|---|
/// | `profile?seconds=30&rate=100` | CPU time by stack |
/// | `heap`, `allocs` | memory by the stack that allocated it, in builds that sample it; `seconds=30`: what is new |
/// | `goroutine`, `threadcreate` | the stack of every thread; `debug=1` and `debug=2` as text, with the live tasks |
/// | `cmdline`, `symbol` | the arguments, and names for addresses |
public struct Profiles: Service {
    static let secondsRange = 1...300
    static let rateRange = 1...1_000
    private static let addressesMax = 4_096

    private let instruments: ProfileInstruments
    private let arguments: [String]
    private let continuous: ContinuousProfiles?
    private let tasks: @Sendable () -> [LiveTask]
    private let ending = StopFlag()

    /// - Parameters:
    ///   - arguments: the command line without secrets.
    ///   - continuous: the destination of the continuous mode; nil if it is off.
    ///   - tasks: returns the live tasks, which no thread's stack shows while they wait.
    public init(
        instruments: ProfileInstruments, arguments: [String], continuous: ContinuousProfiles? = nil,
        tasks: @escaping @Sendable () -> [LiveTask] = { [] }
    ) {
        self.instruments = instruments
        self.arguments = arguments
        self.continuous = continuous
        self.tasks = tasks
        if HeapSampling.isBuilt { HeapSampling.start() }
    }

    /// Takes profiles in the continuous mode. When the process's services end it also ends the profile under way.
    public func run() async {
        await withGracefulShutdownHandler {
            if let continuous { return await continuous.run(instruments, ending: ending) }
            try? await gracefulShutdown()
        } onGracefulShutdown: {
            ending.set()
        }
    }

    public func answer(_ query: ProfileQuery) async -> ProfileAnswer {
        guard let page = page(of: query.name) else {
            return .text("there is no profile \"\(query.name.prefix(64))\"\n", status: 404)
        }
        let (answer, result) = await answer(query, page)
        instruments.requestsTotal.increment(ProfileLabels(page, result))
        return answer
    }

    private func answer(_ query: ProfileQuery, _ page: ProfileName) async -> (ProfileAnswer, ProfileResult) {
        switch page {
        // Links begin at the last slash of the path.
        case .index: return (index(linking: query.name.isEmpty ? "" : "\(query.name)/"), .ok)
        case .profile: return await cpu(query)
        case .goroutine, .threadcreate: return await threads(query, page)
        case .cmdline: return (.text(arguments.joined(separator: "\0")), .ok)
        case .symbol: return await symbol(query)
        case .heap, .allocs: return await heap(query, page)
        case .continuous, .upload: return (.text("there is no such profile\n", status: 404), .refused)
        }
    }

    /// The page of a path; nil if there is none.
    private func page(of path: String) -> ProfileName? {
        switch ProfileName(rawValue: path) {
        case .index, .continuous, .upload: nil
        case let page?: page
        case nil: ["", "pprof"].contains(path) ? .index : nil
        }
    }

    private func cpu(_ query: ProfileQuery) async -> (ProfileAnswer, ProfileResult) {
        guard let seconds = query.integer("seconds", in: Self.secondsRange, default: 30) else {
            return (.text("seconds must be a whole number from 1 to 300\n", status: 400), .refused)
        }
        guard let rate = query.integer("rate", in: Self.rateRange, default: 100) else {
            return (.text("rate must be a whole number from 1 to 1000\n", status: 400), .refused)
        }
        do throws(CPUProfiler.Refusal) {
            let profile = try await CPUProfiler.shared.profile(for: .seconds(seconds), rate: rate, ending: ending)
            return await encoded(profile, name: "profile")
        } catch {
            return switch error {
            case .busy: (.text("another CPU profile is under way\n", status: 409), .busy)
            case .cancelled: (.text("the profile ended early\n", status: 503), .cancelled)
            case .unavailable: (.text("the system gives no timers for a profile\n", status: 503), .failed)
            }
        }
    }

    private func threads(_ query: ProfileQuery, _ page: ProfileName) async -> (ProfileAnswer, ProfileResult) {
        guard let debug = query.integer("debug", in: 0...2, default: 0) else {
            return (.text("debug must be 0, 1 or 2\n", status: 400), .refused)
        }
        let tasks = page == .goroutine ? tasks() : []
        let answer = await withOwnThread(named: "profiler") { stop in
            let stacks = ThreadStacks.take(stop: stop)
            let profile = Profile(of: stacks, type: page.rawValue)
            let symbols = Symbols.current(for: profile.addresses)
            return switch debug {
            case 1: ProfileAnswer.text(StackText.summary(of: profile, title: page.rawValue, symbols))
            case 2: ProfileAnswer.text(StackText.threads(stacks, symbols) + StackText.tasks(tasks))
            default: ProfileAnswer.profile(gzip(profile.encoded(with: symbols)), name: page.rawValue)
            }
        }
        return answer.map { ($0, .ok) } ?? noThread
    }

    private func heap(_ query: ProfileQuery, _ page: ProfileName) async -> (ProfileAnswer, ProfileResult) {
        guard HeapSampling.isBuilt else {
            let why = "this build does not sample the heap: build it with FLASHSALE_HEAP_PROFILE=1\n"
            return (.text(why, status: 404), .refused)
        }
        guard let seconds = query.integer("seconds", in: 0...Self.secondsRange.upperBound, default: 0),
            let debug = query.integer("debug", in: 0...1, default: 0)
        else { return (.text("seconds must be from 0 to 300, and debug 0 or 1\n", status: 400), .refused) }
        let ending = ending
        let answer = await withOwnThread(named: "profiler") { stop in
            let earlier = seconds > 0 ? HeapSampling.read() : [:]
            let end = MonotonicTime.now + .seconds(seconds)
            while !stop.isSet, !ending.isSet, MonotonicTime.now < end { StopFlag.wait(for: .milliseconds(100)) }
            let standard = page == .heap ? "inuse_space" : "alloc_space"
            let profile = Profile(heap: HeapSampling.read(), since: earlier, standard: standard)
            guard debug == 1 else { return ProfileAnswer.profile(profile.compressed(), name: page.rawValue) }
            return .text(StackText.heap(profile, Symbols.current(for: profile.addresses)))
        }
        return answer.map { ($0, .ok) } ?? noThread
    }

    /// Names for addresses, in the form that the original tool of pprof asks for: `0x1+0x2`.
    private func symbol(_ query: ProfileQuery) async -> (ProfileAnswer, ProfileResult) {
        let text = query.posted.map { String(decoding: $0, as: UTF8.self) } ?? query.query
        let words = text.split { $0 == "+" || $0.isWhitespace }
        let addresses = words.compactMap { word in
            word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : nil
        }
        guard addresses.count <= Self.addressesMax else {
            return (.text("at most \(Self.addressesMax) addresses\n", status: 400), .refused)
        }
        // Any number but 0 says that there are symbols.
        let head = "num_symbols: 1\n"
        if addresses.isEmpty { return (.text(head), .ok) }
        let answer = await withOwnThread(named: "profiler") { _ in
            let symbols = Symbols.current(for: addresses)
            return ProfileAnswer.text(
                head + addresses.map { "\(hexadecimal($0)) \(symbols.function(at: $0).name)\n" }.joined())
        }
        return answer.map { ($0, .ok) } ?? noThread
    }

    private func encoded(_ profile: Profile, name: String) async -> (ProfileAnswer, ProfileResult) {
        let bytes = await withOwnThread(named: "profiler") { _ in profile.compressed() }
        return bytes.map { (.profile($0, name: name), .ok) } ?? noThread
    }

    private var noThread: (ProfileAnswer, ProfileResult) {
        (.text("the system gives no thread for a profile\n", status: 503), .failed)
    }

    private func index(linking folder: String) -> ProfileAnswer {
        let threads = threadsOfProcess().count
        let heapCount = HeapSampling.isBuilt ? "\(HeapSampling.read().count)" : "not in this build"
        let rows = [
            ("profile?seconds=30&amp;rate=100", "", "CPU time by stack, over some seconds"),
            ("goroutine?debug=2", "\(threads + tasks().count)", "the stack of every thread, and every live task"),
            ("threadcreate?debug=2", "\(threads)", "the stack of every thread, under Go's name for threads"),
            ("heap?debug=1", heapCount, "memory in use, by the stack that allocated it"),
            ("allocs?debug=1", heapCount, "all memory ever allocated, by stack"),
            ("cmdline", "", "the command line, without secrets"),
            ("symbol", "", "names for addresses"),
        ].map { link, count, words in
            let name = link.prefix { $0 != "?" }
            return "<tr><td>\(count)</td><td><a href=\"\(folder)\(link)\">\(name)</a></td><td>\(words)</td></tr>\n"
        }
        let page = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>/debug/pprof/</title></head><body>
            <h1>/debug/pprof/</h1>
            <table><tr><th>count</th><th>profile</th><th>what it is</th></tr>
            \(rows.joined())</table>
            </body></html>

            """
        return ProfileAnswer(
            status: 200, contentType: "text/html; charset=utf-8", fileName: nil, body: Array(page.utf8))
    }
}
