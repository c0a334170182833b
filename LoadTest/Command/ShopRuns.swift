// One scenario in several shops at once. Each shop has a crowd, a journal and a report of its own.

import Foundation

struct ShopRuns {
    /// Its targets name no shop, and its scenario is each shop's.
    let session: Session
    let shops: [String]

    struct Result: Sendable {
        let shop: String
        let report: RunReport

        /// The shop's name and its summary.
        var text: String { "shop \(shop)\n\n\(SummaryTable(report: report).text)" }
    }

    /// Runs in all shops side by side, and returns the results in the shops' order.
    ///
    /// - Throws: the first failure, with its shop, when all runs are over.
    func run(whenRunning: @escaping @Sendable (LoadRun) -> Void) async throws -> [Result] {
        var all = session.scenario
        all.connections *= shops.count
        all.threads *= shops.count
        all.load = all.load.scaled(by: Double(shops.count))
        try Descriptors.reserve(for: all)
        return try await withThrowingTaskGroup(of: Result.self) { group in
            for place in shops.indices {
                let (shop, part) = (shops[place], part(place))
                group.addTask {
                    do {
                        return Result(shop: shop, report: try await part.run(whenRunning: whenRunning))
                    } catch {
                        throw Session.Failure(description: "shop \(shop): \(error)")
                    }
                }
            }
            var results: [String: Result] = [:]
            for try await result in group { results[result.shop] = result }
            return shops.compactMap { results[$0] }
        }
    }

    /// The exit code of several runs: the one that its reader must hear of first.
    static func ending(of results: [Result]) -> RunEnding {
        let grave: [RunEnding] = [.promiseBroken, .invalid, .incomplete, .thresholdMissed]
        return grave.first { ending in results.contains { $0.report.ending == ending } } ?? .passed
    }

    /// A file's path with the shop before its extension: `report.lego.html`.
    static func path(_ path: String, of shop: String) -> String {
        let url = URL(fileURLWithPath: path)
        guard !url.pathExtension.isEmpty else { return "\(path).\(shop)" }
        return "\(path.dropLast(url.pathExtension.count))\(shop).\(url.pathExtension)"
    }

    /// The run in one shop. Metrics are those of the first one.
    private func part(_ place: Int) -> Session {
        var part = session
        let shop = shops[place]
        part.target.shop = shop
        for index in part.otherTargets.indices { part.otherTargets[index].shop = shop }
        part.journalPath = session.journalPath.map { Self.path($0, of: shop) }
        part.scenario.seed &+= UInt64(place)
        part.isQuiet = true
        if place > 0 { part.metricsPort = nil }
        return part
    }
}
