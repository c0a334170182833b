// One run from its first arrival to its last answer: lanes on their threads, a clock that reads them every second, the
// faults on the same timeline, and an early end on request.

import Audit
import Dispatch
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// The results of a run.
struct RunRecord: Sendable {
    /// A fault that was made.
    struct Fault: Sendable, Codable {
        /// Seconds after the start.
        var at: Double
        var command: String
        /// How it ended; nil if it still ran when the run was over.
        var exitCode: Int32?
    }

    var reading: LaneReading
    var seconds: [Second]
    var faults: [Fault]
    /// How long it took, in seconds, the last answers included.
    var duration: Double
    /// CPU time of this process in seconds, and the number of the lanes' threads.
    var cpuSeconds: Double
    var threads: Int
    /// When it began, in nanoseconds since 1970.
    var startedAt: Int64
    var wasStopped: Bool
}

/// Runs a plan.
final class LoadRun: Sendable {
    private static let followEvery = Duration.milliseconds(400)

    private let plan: RunPlan
    private let lanes: [Lane]
    private let faults = Mutex<[RunRecord.Fault]>([])
    /// The service's latest figure of sold units.
    private let latestSold = Mutex<Int?>(nil)
    /// To stop this run.
    let wish = StopWish()
    private let hasEnded = Atomic<Bool>(false)

    /// - Parameter group: with a thread for each lane.
    init(_ plan: RunPlan, group: MultiThreadedEventLoopGroup) {
        self.plan = plan
        let loops = Array(group.makeIterator().prefix(plan.scenario.threads))
        lanes = loops.enumerated().map { Lane(plan, eventLoop: $1, number: $0, of: loops.count) }
    }

    /// Ends the arrivals; the buyers that are present finish. A run that is over has no lanes any more.
    func stop() {
        guard !hasEnded.load(ordering: .acquiring) else { return }
        wish.come()
        for lane in lanes { lane.eventLoop.execute { lane.stopArrivals() } }
    }

    /// Runs to the end.
    ///
    /// - Parameters:
    ///   - itemsSold: asks the service for the number of sold units.
    ///   - each: gets every second's figures.
    func run(
        itemsSold: @escaping @Sendable () async -> Int?, each: @escaping @Sendable (LaneReading, Second) -> Void
    ) async throws -> RunRecord {
        for ready in lanes.map({ $0.warmUp() }) { try await ready.get() }
        // A moment ahead, so that all lanes know it before it comes.
        let ahead = max(20_000_000, (plan.beginsAt ?? 0) - WallClock.now)
        let start = Int64(NIODeadline.now().uptimeNanoseconds) + ahead
        let startedAt = WallClock.now + ahead
        let before = Self.cpuSeconds
        try writeHeader(start: start, startedAt: startedAt)
        let ends = lanes.map { $0.run(from: start) }
        var seconds = try await withThrowingTaskGroup(of: [Second].self) { group in
            async let _ = follow(itemsSold)
            async let _ = makeFaults(from: start)
            group.addTask { [self] in await watch(from: start, each: each) }
            for end in ends { try await end.get() }
            hasEnded.store(true, ordering: .releasing)
            group.cancelAll()
            return try await group.next() ?? []
        }
        let end = Int64(NIODeadline.now().uptimeNanoseconds)
        let (reading, tally) = await read()
        let last = seconds.last?.at ?? 0
        let duration = Double(end - start) / 1e9
        let second = Second(tally, at: duration, length: duration - last, itemsSold: await itemsSold())
        if second.length > 0.05 || second.counts.contains(where: { $0 > 0 }) { seconds.append(second) }
        each(reading, second)
        let lines = "E \(end - start)\n"
        _ = plan.journal?.write(Array(lines.utf8))
        return RunRecord(
            reading: reading, seconds: seconds, faults: faults.withLock { $0 }, duration: duration,
            cpuSeconds: Self.cpuSeconds - before, threads: lanes.count, startedAt: startedAt,
            wasStopped: wish.isThere)
    }

    // MARK: - The journal's head

    private func writeHeader(start: Int64, startedAt: Int64) throws {
        guard let journal = plan.journal, let sale = plan.sale else { return }
        let limit = sale.limit.map { String($0) } ?? "-"
        var text =
            "\(History.mark) run=\(plan.run) wall=\(startedAt) sale=\(sale.id) items=\(sale.itemCount) "
            + "stock=\(sale.stock) limit=\(limit) "
            + (sale.roomStarts.map { "starts=\($0) " } ?? "") + "target=\(plan.target)\n"
        for (item, units) in sale.scarce.sorted(by: { $0.key < $1.key }) { text += "I \(item) \(units)\n" }
        if let unread = sale.unreadFrom { text += "U \(unread)\n" }
        if !journal.write(Array(text.utf8)), let problem = journal.problem { throw problem }
    }

    // MARK: - The second hand

    private func watch(
        from start: Int64, each: @Sendable (LaneReading, Second) -> Void
    ) async -> [Second] {
        var seconds: [Second] = []
        var at = 0.0
        while !hasEnded.load(ordering: .acquiring) {
            let next = ContinuousClock.now + .nanoseconds(Int64((at.rounded(.down) + 1) * 1e9) - elapsed(since: start))
            do { try await Task.sleep(until: next, clock: .continuous) } catch { break }
            let (reading, tally) = await read()
            let moment = Double(elapsed(since: start)) / 1e9
            let sold = latestSold.withLock { sold in
                defer { sold = nil }
                return sold
            }
            let second = Second(tally, at: moment, length: moment - at, itemsSold: sold)
            at = moment
            seconds.append(second)
            each(reading, second)
            if plan.journal?.problem != nil { stop() }
            if plan.scenario.endsWhenSoldOut, let sale = plan.sale, let sold, sold >= sale.itemCount * sale.stock {
                stopAsPlanned()
            }
        }
        return seconds
    }

    /// Asks for the stock in the background, because the clock waits for no answer.
    private func follow(_ itemsSold: @Sendable () async -> Int?) async {
        while !hasEnded.load(ordering: .acquiring) {
            let sold = await itemsSold()
            latestSold.withLock { $0 = sold }
            do { try await Task.sleep(for: Self.followEvery) } catch { return }
        }
    }

    private func stopAsPlanned() {
        for lane in lanes { lane.eventLoop.execute { lane.stopArrivals() } }
    }

    private func elapsed(since start: Int64) -> Int64 {
        Int64(NIODeadline.now().uptimeNanoseconds) - start
    }

    private func read() async -> (LaneReading, Tally) {
        var all = LaneReading()
        for lane in lanes {
            if let reading = try? await lane.eventLoop.submit({ lane.reading() }).get() { all.add(reading) }
        }
        return (all, all.tally)
    }

    // MARK: - Faults

    /// A command of several lines as the one line of it that a journal has.
    private static func line(of command: String) -> String {
        String(String.UnicodeScalarView(command.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }

    private func makeFaults(from start: Int64) async {
        for fault in plan.scenario.faults.sorted(by: { $0.at < $1.at }) {
            let wait = Duration.nanoseconds(Int64(fault.at * 1e9) - elapsed(since: start))
            do { try await Task.sleep(for: max(.zero, wait)) } catch { return }
            let at = elapsed(since: start)
            let command = Self.line(of: fault.command)
            _ = plan.journal?.write(Array("F \(at) \(command)\n".utf8))
            let index = faults.withLock { list in
                list.append(RunRecord.Fault(at: Double(at) / 1e9, command: command, exitCode: nil))
                return list.count - 1
            }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", fault.command]
            process.standardOutput = FileHandle.standardError
            process.terminationHandler = { [self] ended in
                faults.withLock { $0[index].exitCode = ended.terminationStatus }
            }
            do { try process.run() } catch { faults.withLock { $0[index].exitCode = 127 } }
        }
    }

    /// The CPU time of this process, user and system, in seconds.
    static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
