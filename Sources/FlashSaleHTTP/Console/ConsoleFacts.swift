// What a board says of the service's health: from the probes, from metrics, and from the stores' own words.

internal import Discovery
internal import FlashSale
internal import OperatorConsole
internal import Telemetry

extension ConsoleRoutes {
    typealias Fact = ConsoleBoard.Fact

    /// How gate and ledger of a pod are. What is counted is of the sale where it is furthest from what it should be, in
    /// whichever pod.
    func facts(_ report: HealthReport, of pod: PodID) -> [Fact] {
        let sale = instruments.sale
        // The probes ask home's stores.
        let probed: [Dependency] = pod == .home ? [.database, .redis, .migrations, .scheduler] : [.scheduler]
        var facts = probed.map { dependency in
            Fact(dependency.wordsForOperators, report.isUp(dependency) ? "up" : "down", isBad: !report.isUp(dependency))
        }
        facts += operations.parts.pods().map { Fact("pod \($0.id)", $0.isAway ? "away" : "there", isBad: $0.isAway) }
        let drift = sale.saleStockDriftItems.value(.redisVersusRows)
        facts.append(Fact("gate differs from ledger by", "\(drift) units", isBad: drift != 0))
        let oversold = sale.saleOversoldItems.value
        facts.append(Fact("sold beyond the stock", "\(oversold) units", isBad: oversold != 0))
        let level = instruments.admission.level.value
        facts.append(Fact("admission level", "\(level.formatted) of 6", isBad: level < 6))
        if report.isDiskFull { facts.append(Fact("disk", "nearly full", isBad: true)) }
        if let trouble = operations.parts.registry().trouble { facts.append(Fact("registry", trouble, isBad: true)) }
        facts += operations.parts.redis(pod).map { name, value in
            Fact("Redis, \(name.replacing("_", with: " "))", value, isBad: name == "problem" || name == "warning")
        }
        guard pod == .home else { return facts }
        return facts
            + report.replicas.map { line in
                let parts = line.split(separator: ": ", maxSplits: 1)
                return Fact(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
            }
    }
}

extension ConsoleCompany {
    /// Which instance has which duty.
    var dutyFacts: [ConsoleBoard.Fact] {
        duties.map { duty, holder in
            ConsoleBoard.Fact(duty.rawValue.replacing("_", with: " "), holder ?? "nobody now")
        }
    }

    func instanceFacts(at now: Timestamp) -> [ConsoleBoard.Fact] {
        instances.map { name, sessions, since, address in
            let seconds = UInt64(max(0, (now - since).components.seconds))
            let age = uptimeText(nanoseconds: seconds * 1_000_000_000)
            return ConsoleBoard.Fact(
                name, "up \(age), \(sessions) sessions of Postgres" + (address.map { ", \($0)" } ?? ""))
        }
    }
}

extension Dependency {
    fileprivate var wordsForOperators: String {
        switch self {
        case .database: "Postgres"
        case .redis: "Redis"
        default: rawValue
        }
    }
}

extension Double {
    fileprivate var formatted: String { self == rounded() ? "\(Int(self))" : "\((self * 10).rounded() / 10)" }
}
