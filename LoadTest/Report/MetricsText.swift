// The run's metrics in Prometheus's text format 0.0.4. Names and labels are few and fixed.

import Audit

enum MetricsText {
    /// Upper bounds of the latency buckets, in seconds.
    static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    static func text(_ reading: LaneReading, itemsSold: Int?) -> String {
        let facts = reading.facts
        var lines: [String] = []
        func metric(_ name: String, _ type: String, _ help: String, _ samples: [String]) {
            lines.append("# HELP \(name) \(help)")
            lines.append("# TYPE \(name) \(type)")
            lines += samples
        }
        var requests: [String] = []
        var latencies: [String] = []
        for endpoint in Endpoint.allCases where facts.count(endpoint) > 0 {
            for outcome in Outcome.allCases {
                guard let cell = facts.cell(endpoint, outcome) else { continue }
                let labels = "endpoint=\"\(endpoint.name)\",outcome=\"\(outcome.name)\""
                requests.append("flashsale_load_requests_total{\(labels)} \(cell.response.count)")
            }
            let response = facts.response(endpoint)
            let name = "flashsale_load_response_seconds"
            for bound in bounds {
                latencies.append(
                    "\(name)_bucket{endpoint=\"\(endpoint.name)\",le=\"\(bound)\"} \(response.count(within: bound))")
            }
            latencies.append("\(name)_bucket{endpoint=\"\(endpoint.name)\",le=\"+Inf\"} \(response.count)")
            latencies.append("\(name)_sum{endpoint=\"\(endpoint.name)\"} \(Double(response.total) / 1e9)")
            latencies.append("\(name)_count{endpoint=\"\(endpoint.name)\"} \(response.count)")
        }
        metric("flashsale_load_requests_total", "counter", "Requests that ended.", requests)
        metric("flashsale_load_response_seconds", "histogram", "From the intended start to the answer.", latencies)
        func single(_ name: String, _ type: String, _ help: String, _ value: String) {
            metric("flashsale_load_\(name)", type, help, ["flashsale_load_\(name) \(value)"])
        }
        single("starts_total", "counter", "Starts that were due.", "\(facts.started)")
        single("late_starts_total", "counter", "Starts more than 1 ms late.", "\(facts.late)")
        single("dropped_total", "counter", "Requests that were due and never sent.", "\(facts.dropped)")
        single("lag_p99_seconds", "gauge", "The generator's own lag.", "\(facts.lag.quantile(0.99))")
        single("buyers", "gauge", "Buyers in the sale.", "\(reading.buyers)")
        single("requests_in_flight", "gauge", "Requests without an answer.", "\(reading.inFlight)")
        single("connections", "gauge", "Open connections.", "\(reading.connections)")
        if let itemsSold { single("items_sold", "gauge", "Units that the service says are sold.", "\(itemsSold)") }
        return lines.joined(separator: "\n") + "\n"
    }
}
