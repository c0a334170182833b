// Measures the cost of an instrument: nanoseconds of processor time and allocations for each operation, on one thread
// and on two that share the series. `make bench-instruments` prints the table and fails if an operation costs too much.

import CAllocations
import Glibc
import Synchronization
import Telemetry

@main
enum InstrumentBench {
    private static let operations = 1_000_000
    /// The number of runs, of which the best counts: a disturbance makes a run slower, never faster.
    private static let runs = 25

    static func main() {
        let rows = cases().map { operation in
            (operation, measure(operation, threads: 1), measure(operation, threads: 2))
        }
        print("| operation | ns, 1 thread | at most | ns, 2 threads | allocations |\n|---|---|---|---|---|")
        var isTooMuch = false
        for (operation, alone, together) in rows {
            let limit = operation.nanosecondsMax.map { String($0) } ?? ""
            let allocations = max(alone.allocations, together.allocations)
            print(
                "| \(operation.name) | \(decimal(alone.nanoseconds, places: 1)) | \(limit) "
                    + "| \(decimal(together.nanoseconds, places: 1)) | \(decimal(allocations, places: 2)) |")
            if allocations > 0, !operation.mayAllocate { isTooMuch = true }
            if alone.nanoseconds > operation.nanosecondsMax ?? .infinity { isTooMuch = true }
        }
        if isTooMuch { exit(1) }
    }

    private static func cases() -> [Operation] {
        let instruments = Instruments()
        let requests = instruments.http.requestDurationSeconds
        let labels = RequestLabels(.checkout, .post, .ok)
        let failures = instruments.sale.checkoutFailureTotal
        let exemplar = Exemplar(traceIDHigh: 1, traceIDLow: 2, spanID: 3)
        let now = MonotonicTime.now
        return [
            Operation("counter", max: 15) { _ in instruments.sale.saleItemsSoldTotal.increment() },
            Operation("counter with labels", max: 15) { _ in failures.increment(.itemSold) },
            Operation("gauge", max: 15) { _ in instruments.http.requestsInFlight.increment() },
            Operation("histogram of 11 buckets", max: 25) { requests.observe($0 &* 977 & 0xFFFF_FFFF, labels) },
            Operation("histogram, trace not kept", max: 25) {
                requests.observe($0 &* 977 & 0xFFFF_FFFF, labels, exemplar: nil)
            },
            Operation("histogram, trace kept") {
                requests.observe($0 &* 977 & 0xFFFF_FFFF, labels, exemplar: exemplar)
            },
            Operation("summary") { instruments.http.requestSizeBytes.observe($0 & 0x3FFF, .post, at: now) },
            spans("span, sampled", .always, of: instruments, max: 400),
            spans("span, recorded only", .ratio(0), of: instruments, max: 150),
            Operation("clock") { _ in if MonotonicTime.now.nanoseconds == 0 { abort() } },
        ]
    }

    /// A span with two attributes and both its clock reads. The 16 spans of a trace share its start, its end and its
    /// allocations.
    private static func spans(
        _ name: String, _ root: Sampler.Root, of instruments: Instruments, max: Double
    ) -> Operation {
        let tracer = Tracer(
            sampler: Sampler(root: root, followsParent: true), slow: .seconds(60), instruments: instruments.tracing
        ) { _ in }
        return Operation(name, max: max, per: 16, mayAllocate: true) { _ in
            let trace = tracer.begin(.request)
            for _ in 1..<16 {
                let span = trace.begin(.purchaseExecute)
                trace.end(span) { span in
                    span.set(.saleID, 1)
                    span.set(.itemsSold, 2)
                }
            }
            trace.finish()
        }
    }

    private static func measure(_ operation: Operation, threads: Int) -> Cost {
        operation.run(1_000)
        var best = Cost(nanoseconds: .infinity, allocations: 0)
        for _ in 0..<runs {
            let cost = operation.cost(operations: operations, threads: threads)
            best.nanoseconds = min(best.nanoseconds, cost.nanoseconds)
            best.allocations = max(best.allocations, cost.allocations)
        }
        return best
    }
}

/// The cost of one operation: its time, and its share of allocations that several operations have in common.
private struct Cost {
    var nanoseconds: Double
    var allocations: Double
}

private func decimal(_ number: Double, places: Int) -> String {
    let digits = String(Int((number * pow(10, Double(places))).rounded()))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return padded.dropLast(places) + "." + padded.suffix(places)
}

/// The use of an instrument, in a loop of its own, so that the call of the closure is paid once.
private final class Operation: Sendable {
    let name: String
    /// The limit of its cost on one thread; nil if it has none.
    let nanosecondsMax: Double?
    /// The operations in one run of the closure: a divisor of the bench's number of operations.
    let perRun: Int
    let mayAllocate: Bool
    let run: @Sendable (_ count: UInt64) -> Void

    @inline(__always)
    init(
        _ name: String, max nanosecondsMax: Double? = nil, per perRun: Int = 1, mayAllocate: Bool = false,
        _ body: @escaping @Sendable (UInt64) -> Void
    ) {
        self.name = name
        self.nanosecondsMax = nanosecondsMax
        self.perRun = perRun
        self.mayAllocate = mayAllocate
        run = { count in for number in 0..<count { body(number) } }
    }

    /// Runs it on threads that start together.
    func cost(operations: Int, threads: Int) -> Cost {
        let bench = Bench(operation: self, operations: UInt64(operations / perRun), threads: threads)
        var handles = [pthread_t](repeating: 0, count: threads)
        for thread in 0..<threads {
            let context = Unmanaged.passRetained(bench).toOpaque()
            pthread_create(
                &handles[thread], nil, { Unmanaged<Bench>.fromOpaque($0!).takeRetainedValue().work() }, context)
        }
        for handle in handles { pthread_join(handle, nil) }
        let count = Double(threads * operations)
        return Cost(
            nanoseconds: Double(bench.nanoseconds.load(ordering: .relaxed)) / count,
            allocations: Double(bench.allocations.load(ordering: .relaxed)) / count)
    }
}

/// One run: the work of each thread, and the sums of their results.
private final class Bench: Sendable {
    private let operation: Operation
    private let operations: UInt64
    private let waiting: Atomic<Int>
    let nanoseconds = Atomic<UInt64>(0)
    let allocations = Atomic<UInt64>(0)

    init(operation: Operation, operations: UInt64, threads: Int) {
        self.operation = operation
        self.operations = operations
        waiting = Atomic(threads)
    }

    func work() -> UnsafeMutableRawPointer? {
        waiting.subtract(1, ordering: .acquiringAndReleasing)
        while waiting.load(ordering: .acquiring) > 0 {}
        let before = callocations_of_thread()
        let start = ProcessorTime.ofThread
        operation.run(operations)
        nanoseconds.add(ProcessorTime.ofThread - start, ordering: .relaxed)
        allocations.add(callocations_of_thread() - before, ordering: .relaxed)
        return nil
    }
}
