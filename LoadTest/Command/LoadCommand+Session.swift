// The session that the command's flags ask for.

import ArgumentParser
import Foundation

extension LoadCommand {
    private func targets() throws -> [Target] {
        let targets = try (target.isEmpty ? [Self.usualTarget] : target).map { try Target(parsing: $0) }
        guard Set(targets.map(\.isSecure)).count == 1 else {
            throw ValidationError("Either all targets are https, or none is.")
        }
        for shop in shop where shop.wholeMatch(of: #/[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?/#) == nil {
            throw ValidationError("`\(shop)` is no shop: it must be a lower-case label of DNS, such as lego.")
        }
        guard shop.count > 1 else {
            return targets.map { target in
                var target = target
                target.shop = shop.first
                return target
            }
        }
        guard Set(shop).count == shop.count else { throw ValidationError("Give each --shop once.") }
        guard sale == nil, auditOnly == nil, !["capacity", "overload", "raw"].contains(scenario) else {
            throw ValidationError("Several shops at once are for scenarios of buyers and the shops' active sales.")
        }
        return targets
    }

    func session() throws -> Session {
        do {
            let targets = try targets()
            var session = Session(
                scenario: try scenarioWithFlags(), target: targets[0], otherTargets: Array(targets.dropFirst()),
                sale: sale,
                rawPath: scenario == "raw" ? path : nil, journalPath: journal)
            guard journal != ReportFiles.standardOutput else {
                throw ValidationError("--journal must name a file: the audit reads what was written to it.")
            }
            guard (0...65_535).contains(metricsPort) else { throw ValidationError("\(metricsPort) is no port.") }
            guard redisURL == nil || databaseURL != nil else {
                throw ValidationError("--redis-url needs --database-url: the gate is compared with the ledger.")
            }
            session.asksTargetOfJournal = target.isEmpty
            session.authorities = caFile
            if identity { session.tokens = try BuyerTokens(environment: ProcessInfo.processInfo.environment) }
            session.databaseURL = databaseURL
            session.redisURL = redisURL
            session.hasStrangers = shared
            session.skipsAudit = noAudit
            session.metricsPort = metricsPort > 0 ? metricsPort : nil
            session.metricsHost = metricsHost
            session.isTerminal = StandardError.isTerminal
            session.isQuiet = quiet
            return session
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
