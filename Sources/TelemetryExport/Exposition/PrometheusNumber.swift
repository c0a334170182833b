// Writes numbers as the text format defines them.

internal import Textbook

/// A number that can be a sample's value.
protocol PrometheusNumber {
    func append(to text: inout [UInt8])
}

extension PrometheusNumber where Self: FixedWidthInteger {
    func append(to text: inout [UInt8]) {
        text.append(decimal: self)
    }
}

extension Int64: PrometheusNumber {}
extension UInt64: PrometheusNumber {}

extension Double: PrometheusNumber {
    func append(to text: inout [UInt8]) {
        if let whole = Int64(exactly: self) {
            whole.append(to: &text)
        } else {
            text += canonicalFloat(self).utf8
        }
    }
}

/// A float as Go's `%g` and OpenMetrics write it, with `.0` where it would look like an integer: `1.0`, `0.005`,
/// `1.048576e+06`, `+Inf`, `NaN`.
///
/// Prometheus 3 rewrites the bounds of buckets into this form. With this form from the start the series keep their
/// names after an upgrade.
func canonicalFloat(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    // Swift's own form is Go's from 0.0001 to a million. Below, both have an exponent.
    guard value.magnitude >= 1_000_000, !value.description.contains("e") else { return value.description }
    let parts = value.magnitude.description.split(separator: ".")
    let exponent = parts[0].count - 1
    var digits = parts[0] + (parts[1] == "0" ? "" : parts[1])
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    let fraction = digits.dropFirst()
    let mantissa = digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction)
    return "\(value < 0 ? "-" : "")\(mantissa)e+\(exponent < 10 ? "0" : "")\(exponent)"
}
