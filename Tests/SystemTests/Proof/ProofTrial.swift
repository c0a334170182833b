// Plays the faults and watches for their alerts: each must fire while its fault goes on and be gone afterwards, and
// none may fire before.

import Foundation
import Testing

@testable import DevStack

struct ProofTrial {
    let scene: ProofScene
    private var tried: Set<String> = []

    /// How long an alert may take to fire, and to resolve. The slowest wants a minute of bad requests.
    private static let patience = Duration.seconds(100)

    init(scene: ProofScene) {
        self.scene = scene
    }

    private var prometheus: PrometheusReader { scene.stage.prometheus }

    /// With nothing wrong, nothing fires but what always does.
    func judgeCalm(_ report: inout ProofReport) async throws {
        let firing = try await prometheus.firing()
        report.add("alert", ProofAlert.watchdog, firing.contains(ProofAlert.watchdog) ? .alive : .dead, "always fires")
        for alert in firing.subtracting([ProofAlert.watchdog]) {
            report.add("alert", alert, .dead, "fires before anything is wrong")
        }
        guard scene.stage.alertmanager != nil else { return }
        let data = try await PrometheusReader.get(path: "/api/v2/alerts", port: scene.stage.alertmanagerPort)
        let isThere = String(decoding: data, as: UTF8.self).contains("\"\(ProofAlert.watchdog)\"")
        report.add("alert", "what fires reaches Alertmanager", isThere ? .alive : .dead)
    }

    /// Begins a fault, waits for its alerts, ends it, and waits until they have gone.
    mutating func play(_ fault: ProofFault, _ report: inout ProofReport) async throws {
        let begin = ContinuousClock.now
        var fired: [String: Duration] = [:]
        try await fault.begin(scene)
        while fired.count < fault.alerts.count, ContinuousClock.now - begin < Self.patience {
            try await fault.again(scene)
            for alert in try await prometheus.firing() where fault.alerts.contains(alert) && fired[alert] == nil {
                fired[alert] = ContinuousClock.now - begin
            }
            await pause()
        }
        try await fault.end(scene)
        let end = ContinuousClock.now
        var resolved: [String: Duration] = [:]
        while resolved.count < fired.count, ContinuousClock.now - end < Self.patience {
            let firing = try await prometheus.firing()
            for alert in fired.keys where !firing.contains(alert) && resolved[alert] == nil {
                resolved[alert] = ContinuousClock.now - end
            }
            await pause()
        }
        for alert in fault.alerts {
            let name = "\(alert): \(fault.rawValue)"
            if let after = fired[alert], let gone = resolved[alert] {
                let times = [after, gone].map(\.components.seconds)
                report.add("alert", name, .alive, "fired after \(times[0]) s, resolved after \(times[1]) s")
            } else {
                report.add("alert", name, .dead, fired[alert] == nil ? "did not fire" : "did not resolve")
            }
        }
        tried.formUnion(fault.alerts)
    }

    /// Every alert there is has a fault or a reason why it has none.
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

/// Prometheus looks once a second and tells nobody when: whoever asks it again and again leaves it some time.
func pause() async {
    _ = await poll(within: .milliseconds(200)) { nil as Bool? }
}
