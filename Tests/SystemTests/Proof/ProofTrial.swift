// Plays the faults and watches for their alerts: each must fire during its fault and resolve afterwards, and none may
// fire before.

import Foundation
import Testing

@testable import DevStack

struct ProofTrial {
    let scene: ProofScene
    private var tried: Set<String> = []

    /// How long an alert may take to fire, and to resolve. The slowest needs a minute of bad requests.
    private static let patience = Duration.seconds(100)

    init(scene: ProofScene) {
        self.scene = scene
    }

    private var prometheus: PrometheusReader { scene.stage.prometheus }

    /// Without a fault only the watchdog fires.
    func judgeCalm(_ report: inout ProofReport) async throws {
        let firing = try await prometheus.firing()
        report.add("alert", ProofAlert.watchdog, firing.contains(ProofAlert.watchdog) ? .alive : .dead, "always fires")
        for alert in firing.subtracting([ProofAlert.watchdog]) {
            report.add("alert", alert, .dead, "fires before anything is wrong")
        }
        guard scene.stage.alertmanager != nil else { return }
        let begin = ContinuousClock.now
        var arrived: Set<String> = []
        while !arrived.contains(ProofAlert.watchdog), ContinuousClock.now - begin < Self.patience {
            await pause()
            arrived = try await alertsArrived()
        }
        report.add(
            "alert", "what fires reaches Alertmanager", arrived.contains(ProofAlert.watchdog) ? .alive : .dead,
            "it has \(arrived.sorted())")
    }

    /// The alerts that Alertmanager has received.
    private func alertsArrived() async throws -> Set<String> {
        struct Alert: Decodable { let labels: [String: String] }

        let data = try await PrometheusReader.get(path: "/api/v2/alerts", port: scene.stage.alertmanagerPort)
        return Set(try JSONDecoder().decode([Alert].self, from: data).map { ProofAlert.name(of: $0.labels) })
    }

    /// Begins a fault once its alerts are silent, waits for them to fire, ends it, and waits for silence again.
    mutating func play(_ fault: ProofFault, _ report: inout ProofReport) async throws {
        let silent = try await wait(for: fault.alerts, toFire: false)
        try await fault.begin(scene)
        let fired = try await wait(for: fault.alerts, toFire: true) { try await fault.again(scene) }
        try await fault.end(scene)
        let gone = try await wait(for: Array(fired.keys), toFire: false)
        for alert in fault.alerts {
            let name = "\(alert): \(fault.rawValue)"
            switch (silent[alert], fired[alert], gone[alert]) {
            case (nil, _, _): report.add("alert", name, .dead, "fired before")
            case (_, nil, _): report.add("alert", name, .dead, "did not fire")
            case (_, _, nil): report.add("alert", name, .dead, "did not resolve")
            case (_, let fired?, let gone?):
                report.add("alert", name, .alive, "fired after \(fired) s, gone after \(gone) s")
            }
        }
        tried.formUnion(fault.alerts)
    }

    /// The seconds until each alert fires, or resolves. Alerts that take too long are missing.
    private func wait(
        for alerts: [String], toFire: Bool, meanwhile again: () async throws -> Void = {}
    ) async throws -> [String: Int64] {
        let begin = ContinuousClock.now
        var seconds: [String: Int64] = [:]
        while seconds.count < alerts.count, ContinuousClock.now - begin < Self.patience {
            try await again()
            let firing = try await prometheus.firing()
            for alert in alerts where firing.contains(alert) == toFire && seconds[alert] == nil {
                seconds[alert] = (ContinuousClock.now - begin).components.seconds
            }
            await pause()
        }
        return seconds
    }

    /// Every alert has a fault, or a reason why it has none.
    func judgeAlerts(_ report: inout ProofReport) async throws {
        for rule in try await prometheus.rules() where rule.type == "alerting" {
            let labels = (rule.labels ?? [:]).merging(["alertname": rule.name]) { $1 }
            let name = ProofAlert.name(of: labels)
            if let reason = ProofAlert.exempt[name] {
                report.add("alert", name, .exempt, reason)
            } else if !tried.contains(name) && name != ProofAlert.watchdog {
                report.add("alert", name, .dead, "no fault was played for it")
            }
        }
    }
}

/// Prometheus evaluates once a second and does not tell when, so repeated questions wait between.
func pause() async {
    _ = await poll(within: .milliseconds(200)) { nil as Bool? }
}
