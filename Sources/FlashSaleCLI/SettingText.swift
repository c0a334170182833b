// What all settings have in common, whatever they mean: how their variables are called, and what no text may be.

enum SettingText {
    /// What the environment calls the setting of a key.
    static func variable(_ key: String) -> String { "FLASHSALE_" + key.uppercased().replacing(".", with: "_") }

    /// What is wrong with a text that is no value of any setting, as the rest of a sentence; nil if nothing is. Files
    /// end with a line feed, and a secret with one is never what anybody sends.
    static func blemish(of text: String) -> String? {
        if text.first?.isWhitespace == true || text.last?.isWhitespace == true {
            return "begins or ends with white space, like a file with a line feed at its end"
        }
        return text.unicodeScalars.contains { $0.properties.generalCategory == .control }
            ? "has a control character" : nil
    }
}
