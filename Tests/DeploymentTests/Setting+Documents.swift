// Settings as the files beside the sources write them.

@testable import FlashSaleCLI

extension Setting {
    /// What is wrong with a variable and its value; nil if nothing is.
    static func complaint(of variable: String, _ value: String) -> String? {
        guard let setting = all.first(where: { $0.variable == variable }) else { return "\(variable) is no setting" }
        var settings = Settings()
        return setting.read(value, into: &settings)
    }
}
