// Counters, gauges and histograms, alone and under many writers.

import Testing

@testable import Telemetry

@Suite("Instruments")
struct InstrumentTests {
    let instruments = Instruments()

    @Test("A counter grows by its amounts, each series on its own")
    func counter() {
        instruments.sale.saleItemsSoldTotal.increment(by: 3)
        instruments.sale.saleItemsSoldTotal.increment()
        instruments.sale.checkoutFailureTotal.increment(.itemSold, by: 2)
        #expect(instruments.sale.saleItemsSoldTotal.value == 4)
        #expect(instruments.sale.checkoutFailureTotal.value(.itemSold) == 2)
        #expect(instruments.sale.checkoutFailureTotal.value(.itemHeld) == 0)
    }

    @Test("A counter stops at the largest signed number, and after 64 bits starts at 0, as after a restart")
    func wrap() {
        let counter = instruments.sale.saleItemsSoldTotal
        let (requests, labels) = (instruments.http.requestsTotal, RequestLabels(.checkout, .post, .ok))
        let durations = instruments.http.requestDurationSeconds
        let row = durations.index.position(of: labels)
        for (amount, value, shown) in [(UInt64.max, UInt64.max, Int64.max), (3, 2, 2)] {
            counter.increment(by: amount)
            // No test can observe that often.
            durations.cells.add(amount, row: row)
            #expect(counter.value == value && requests.value(labels) == value)
            #expect(counter.read(at: .now) == [.integer(shown)])
            #expect(requests.read(at: .now)[row] == .integer(shown))
        }
    }

    @Test("A gauge goes below zero and comes back")
    func gauge() {
        instruments.sale.saleStockDriftItems.set(-5, .redisVersusRows)
        instruments.http.requestsInFlight.increment()
        instruments.http.requestsInFlight.decrement()
        #expect(instruments.sale.saleStockDriftItems.value(.redisVersusRows) == -5)
        #expect(instruments.http.requestsInFlight.value == 0)
    }

    @Test(
        "A bucket's bound belongs to the bucket",
        arguments: [(100_000, 0), (100_001, 1), (500_000, 1), (2_000_000_000, 11)])
    func inclusiveBounds(nanoseconds: UInt64, bucket: Int) throws {
        let histogram = instruments.redis.queueWaitDurationSeconds
        histogram.observe(nanoseconds)
        guard case .histogram(let cumulative, let sum) = histogram.read(at: .now)[0] else {
            throw UnexpectedValue()
        }
        #expect(cumulative == (0..<12).map { $0 >= bucket ? 1 : 0 })
        #expect(sum == Double(nanoseconds) * 1e-9)
    }

    @Test("A negative duration counts as 0")
    func negativeDuration() {
        instruments.redis.queueWaitDurationSeconds.observe(.seconds(-1))
        #expect(instruments.redis.queueWaitDurationSeconds.count == 1)
        #expect(instruments.redis.queueWaitDurationSeconds.sum(NoLabels()) == 0)
    }

    @Test("Requests and errors are the histogram's own counts")
    func derivedCounters() {
        for status in [StatusCode.ok, .conflict, .conflict] {
            instruments.http.requestDurationSeconds.observe(.milliseconds(3), RequestLabels(.checkout, .post, status))
        }
        let refused = RequestLabels(.checkout, .post, .conflict)
        #expect(instruments.http.requestsTotal.value(refused) == 2)
        #expect(instruments.http.errorsTotal.value(refused) == 2)
        #expect(instruments.http.errorsTotal.value(RequestLabels(.checkout, .post, .ok)) == 0)
    }

    @Test(
        "Under eight writers a histogram never shows a bucket that fell or a count that is not the sum of its buckets")
    func tearing() async {
        let histogram = instruments.http.requestDurationSeconds
        let labels = RequestLabels(.purchase, .post, .ok)
        let writers = 8
        let observationsPerWriter = 20_000
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for observation in 0..<observationsPerWriter {
                        histogram.observe(UInt64((observation + writer) % 12) * 900_000_000, labels)
                    }
                }
            }
            group.addTask {
                var previous = [UInt64](repeating: 0, count: 12)
                while previous[11] < UInt64(writers * observationsPerWriter) {
                    let now = cumulativeCounts(of: histogram, labels)
                    #expect(zip(now, now.dropFirst()).allSatisfy { $0 <= $1 })
                    #expect(zip(previous, now).allSatisfy { $0 <= $1 })
                    previous = now
                }
            }
        }
        #expect(histogram.count(labels) == UInt64(writers * observationsPerWriter))
    }

    @Test("The actions of a scrape run before it")
    func scrapeActions() {
        let gauge = instruments.database.connectionsActive
        instruments.onScrape { gauge.set(7) }
        #expect(gauge.value == 0)
        instruments.prepareScrape()
        #expect(gauge.value == 7)
    }
}

struct UnexpectedValue: Error {}

func cumulativeCounts<Labels: LabelSet>(of histogram: Histogram<Labels>, _ labels: Labels) -> [UInt64] {
    guard let series = Labels.legal.firstIndex(where: { $0.index == labels.index }),
        case .histogram(let cumulative, _) = histogram.read(at: .now)[series]
    else { return [] }
    return cumulative
}
