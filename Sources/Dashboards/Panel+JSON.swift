// A panel as Grafana reads it: its place, its queries, and the options of its kind.

internal import Textbook

extension Panel {
    /// - Parameters:
    ///   - id: its number on the board.
    ///   - x: its first column.
    ///   - y: its first row.
    func json(id: Int, x: Int, y: Int) -> JSONValue {
        [
            "id": .integer(id),
            "type": .string(kind.rawValue),
            "title": .string(title),
            "description": .string(description),
            "datasource": Dashboard.datasource,
            "gridPos": ["x": .integer(x), "y": .integer(y), "w": .integer(width), "h": .integer(height)],
            "pluginVersion": "11.6.0",
            "fieldConfig": ["defaults": fieldDefaults, "overrides": []],
            "options": options,
            "targets": .array(targets.enumerated().map { $1.json(number: $0, of: kind) }),
        ]
    }

    private var fieldDefaults: JSONValue {
        var defaults: [String: JSONValue] = [
            "unit": .string(unit.rawValue),
            "color": ["mode": kind == .timeSeries ? "palette-classic" : "thresholds"],
            "thresholds": ["mode": "absolute", "steps": .array(steps)],
            "links": [Dashboard.tracesLink],
            "custom": custom,
        ]
        if !isSigned { defaults["min"] = 0 }
        if let maximum { defaults["max"] = .decimal(maximum) }
        return .object(defaults)
    }

    /// Green below all thresholds, unless the first one is where good begins.
    private var steps: [JSONValue] {
        let base: Threshold.Level = thresholds.first?.level == .good ? .critical : .good
        return [["color": .string(base.rawValue), "value": nil]]
            + thresholds.map { ["color": .string($0.level.rawValue), "value": .decimal($0.value)] }
    }

    private var custom: JSONValue {
        switch kind {
        case .timeSeries:
            [
                "drawStyle": "line", "lineWidth": 1, "fillOpacity": isStacked ? 40 : 10, "showPoints": "never",
                "spanNulls": false, "stacking": ["mode": isStacked ? "normal" : "none", "group": "A"],
                "thresholdsStyle": ["mode": thresholds.isEmpty ? "off" : "line"],
            ]
        case .stateTimeline: ["fillOpacity": 70, "lineWidth": 0]
        case .stat, .gauge, .heatmap, .barGauge: [:]
        }
    }

    private var options: JSONValue {
        let lastValue: JSONValue = ["calcs": ["lastNotNull"], "fields": "", "values": false]
        switch kind {
        case .timeSeries:
            return [
                "legend": ["displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []],
                "tooltip": ["mode": "multi", "sort": "desc"],
            ]
        case .stat:
            return [
                "graphMode": "area", "colorMode": "value", "justifyMode": "auto", "textMode": "auto",
                "wideLayout": true, "showPercentChange": false, "percentChangeColorMode": "standard",
                "orientation": "auto", "reduceOptions": lastValue,
            ]
        case .gauge:
            return [
                "showThresholdLabels": false, "showThresholdMarkers": true, "sizing": "auto", "minVizWidth": 75,
                "minVizHeight": 75, "orientation": "auto", "reduceOptions": lastValue,
            ]
        case .barGauge:
            return [
                "displayMode": "basic", "valueMode": "color", "namePlacement": "auto", "showUnfilled": true,
                "sizing": "auto", "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300,
                "orientation": "horizontal", "reduceOptions": lastValue,
                "legend": ["displayMode": "list", "placement": "bottom", "showLegend": false, "calcs": []],
            ]
        case .heatmap:
            return heatmapOptions
        case .stateTimeline:
            return [
                "showValue": "never", "rowHeight": 0.8, "mergeValues": true, "alignValue": "left",
                "legend": ["displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []],
                "tooltip": ["mode": "single", "sort": "none"],
            ]
        }
    }

    private var heatmapOptions: JSONValue {
        [
            "calculate": false, "cellGap": 1, "showValue": "never",
            "color": [
                "mode": "scheme", "scheme": "Oranges", "fill": "dark-orange", "scale": "exponential",
                "exponent": 0.5, "steps": 64, "reverse": false,
            ],
            "yAxis": ["axisPlacement": "left", "reverse": false, "unit": .string(unit.rawValue)],
            "rowsFrame": ["layout": "auto"],
            "legend": ["show": true],
            "tooltip": ["mode": "single", "yHistogram": false, "showColorScale": false],
            "exemplars": ["color": "rgba(255,0,255,0.7)"],
            "filterValues": ["le": 1e-9],
        ]
    }
}

extension Target {
    fileprivate func json(number: Int, of kind: Panel.Kind) -> JSONValue {
        let letters = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]
        return [
            "refId": .string(letters[number]),
            "datasource": Dashboard.datasource,
            "expr": .string(expression.description),
            "legendFormat": .string(legend),
            "format": kind == .heatmap ? "heatmap" : "time_series",
            "editorMode": "code",
            "range": true,
            "instant": false,
            "exemplar": .bool(expression.isLatency || kind == .heatmap),
        ]
    }
}
