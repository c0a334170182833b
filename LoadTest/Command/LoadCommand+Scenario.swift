// The scenario that the command's flags ask for.

import ArgumentParser
import Foundation

extension LoadCommand {
    /// The scenario of a name or a file, changed by flags.
    func scenarioWithFlags() throws -> Scenario {
        var result = try base()
        if let connections { result.connections = connections }
        if let threads { result.threads = threads }
        if let seed { result.seed = seed }
        if let timeout { result.timeout = timeout }
        let length = seconds ?? (scenario == "raw" ? 10 : result.seconds)
        if rate != nil, buyers != nil { throw ValidationError("Give either --rate or --buyers, not both.") }
        if scenario == "overload", rate != nil || buyers != nil {
            throw ValidationError("overload finds its rate itself: give neither --rate nor --buyers.")
        }
        if scenario == "capacity", buyers != nil {
            throw ValidationError("capacity is a rate: give --rate for the first run, and no --buyers.")
        }
        if let rate {
            result.load = .open(Stage.constant(rate, seconds: length), .poisson)
        } else if let buyers {
            result.load = .closed(buyers: buyers, seconds: length)
        } else if scenario == "raw" {
            result.load = .closed(buyers: result.connections, seconds: length)
        } else if let seconds {
            result.bell = result.bell.map { [usual = result.seconds] in $0 * seconds / usual }
            result.load = result.load.lasting(seconds)
        }
        if let scale { result.load = result.load.scaled(by: scale) }
        result.thresholds += try threshold.map { try Threshold(parsing: $0) }
        result.faults += try faults()
        guard result.problems.isEmpty else { throw Scenario.Invalid(problems: result.problems) }
        return result
    }

    private func base() throws -> Scenario {
        if scenario != nil, file != nil { throw ValidationError("Give either a scenario's name or --file, not both.") }
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ValidationError("The scenario \(file) cannot be read.")
            }
            return try Scenario(parsing: [UInt8](data))
        }
        if scenario == "raw" { return .raw }
        guard let scenario else {
            guard auditOnly == nil else { return Scenario() }
            throw ValidationError("Name a scenario: \(Scenario.named.map(\.name).joined(separator: ", ")) or raw.")
        }
        guard let named = Scenario(named: scenario) else {
            let names = Scenario.named.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no scenario \(scenario); there are \(names) and raw.")
        }
        return named
    }

    /// Pairs of a moment and a command.
    private func faults() throws -> [Scenario.Fault] {
        guard at.count.isMultiple(of: 2) else {
            throw ValidationError("--at takes a moment and a command, such as --at 10s 'redis-cli flushall'.")
        }
        return try stride(from: 0, to: at.count, by: 2).map { index in
            let word = at[index].hasSuffix("s") ? at[index].dropLast() : at[index][...]
            guard let moment = Double(word) else {
                throw ValidationError("`\(at[index])` is no moment: give seconds, such as 10s.")
            }
            return Scenario.Fault(at: moment, command: at[index + 1])
        }
    }
}
