// The moments that every board marks: deploys, the sale's beginning and end, and critical alerts.

internal import Telemetry
internal import Textbook

extension Dashboard {
    /// Each moment with its name, its colour and an expression that has a value around it.
    static func moments(_ words: Vocabulary) -> [(name: String, color: String, expression: Expression)] {
        let sale = words.instruments.sale
        let started = Expression.changes(words.instruments.process.startTimeSeconds, minutes: 1)
        let firing = Expression.value(
            words["ALERTS"], .is("alertstate", "firing"), .is("severity", "critical"))
        return [
            ("Deploy", "blue", started.compared(.above, 0)),
            ("Sale begins", "green", lately(sale.saleStartTimestampSeconds)),
            ("Sale ends", "orange", lately(sale.saleEndTimestampSeconds)),
            ("Critical alert", "red", firing),
        ]
    }

    /// Has a value for a minute, Grafana's step for annotations, after the moment in a gauge.
    private static func lately(_ timestamp: any Readable) -> Expression {
        let age = Expression.now - Expression.value(timestamp).max()
        return age.compared(.atLeast, 0).compared(.below, 60)
    }

    static let annotations: [JSONValue] = moments(Vocabulary(Instruments())).map { moment in
        [
            "name": .string(moment.name), "datasource": datasource, "enable": true, "hide": false,
            "iconColor": .string(moment.color), "expr": .string(moment.expression.description),
        ]
    }
}
