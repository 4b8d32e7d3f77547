import BSON
import Configuration
import Foundation
import Platform

/// The values that `annals serve` runs with, and where each is from: flags win over the environment (ANNALS_…), and that
/// over the configuration file.
struct Settings {
    struct Resolved {
        let setting: Setting
        let value: String?
        /// Of flag, environment, the file's path, default; none where there is no value.
        let source: String?
    }

    private struct Source {
        let name: String
        let provider: any ConfigProvider
        let hasSecrets: Bool
    }

    let resolved: [Resolved]

    /// `flags`: those that were given.
    /// - Throws: the file cannot be read, is no object, or has names that are no setting; a value of the wrong kind.
    init(
        flags: [(Setting, String?)], environment: [String: String] = ProcessInfo.processInfo.environment, file: String?
    ) throws {
        let given = flags.compactMap { setting, value in value.map { (setting, $0) } }
        var sources = [
            Source(
                name: "flag",
                provider: InMemoryProvider(
                    name: "flags",
                    values: Dictionary(
                        given.map { setting, value in
                            (setting.key, ConfigValue(Self.content(value, setting.kind), isSecret: setting.isSecret))
                        }, uniquingKeysWith: { $1 })), hasSecrets: false),
            Source(
                name: "environment",
                // A variable that is empty is as good as none.
                provider: EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty })
                    .prefixKeys(with: "annals"), hasSecrets: true),
        ]
        if let file { sources.append(Source(name: file, provider: try Self.provider(file), hasSecrets: false)) }
        resolved = try Setting.all.map { try Self.resolve($0, sources) }
    }

    private static func content(_ value: String, _ kind: Setting.Kind) -> ConfigContent {
        switch kind {
        case .text, .number: .string(value)
        case .isOn: .bool(value == "true")
        }
    }

    /// The file, once all its names are known to be settings.
    private static func provider(_ path: String) throws -> any ConfigProvider {
        guard try FileSystem.system.exists(path) else { throw Failure(.noInput, "there is no \(path)") }
        let bytes = try FileSystem.system.readWhole(path)
        let document: Document
        do throws(JSONError) { document = try JSON.parse(bytes, extended: false) } catch {
            throw Failure(.configuration, "\(path): \(error)")
        }
        let known = Set(Setting.all.filter { !$0.isSecret }.map(\.name))
        let unknown = document.keys.filter { !known.contains($0) }
        guard unknown.isEmpty else {
            let secret = Setting.all.first { setting in setting.isSecret && unknown.contains(setting.name) }
            let hint =
                secret.map { "; \($0.name) is taken from \(Self.variable($0)) alone" }
                ?? "; there are \(known.sorted().joined(separator: ", "))"
            throw Failure(
                .configuration, "\(path): no setting is named \(unknown.sorted().joined(separator: ", "))\(hint)")
        }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, value) in document.pairs {
            guard let setting = Setting.all.first(where: { $0.name == name }) else { continue }
            switch (setting.kind, value) {
            case (.number, let value) where Self.number(value) != nil:
                values[setting.key] = Self.number(value).map { ConfigValue(.string($0), isSecret: false) }
            case (.text, .string(let text)), (.number, .string(let text)):
                values[setting.key] = ConfigValue(.string(text), isSecret: false)
            case (.isOn, .bool(let isOn)): values[setting.key] = ConfigValue(.bool(isOn), isSecret: false)
            default: throw Failure(.configuration, "\(path): \(name) must be \(setting.kind.rawValue)")
            }
        }
        return InMemoryProvider(name: path, values: values)
    }

    /// A number of JSON as a flag would have it.
    private static func number(_ value: Value) -> String? {
        switch value {
        case .int32(let number): "\(number)"
        case .int64(let number): "\(number)"
        case .double(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        default: nil
        }
    }

    private static func variable(_ setting: Setting) -> String {
        "ANNALS_" + setting.name.uppercased().replacing("-", with: "_")
    }

    private static func resolve(_ setting: Setting, _ sources: [Source]) throws -> Resolved {
        for source in sources where source.hasSecrets || !setting.isSecret {
            let found: ConfigValue?
            do {
                found = try source.provider.value(forKey: setting.key, type: setting.kind == .isOn ? .bool : .string)
                    .value
            } catch {
                throw Failure(.configuration, "\(variable(setting)) must be \(setting.kind.rawValue)")
            }
            switch found?.content {
            case .string(let text)?: return Resolved(setting: setting, value: text, source: source.name)
            case .bool(let isOn)?: return Resolved(setting: setting, value: "\(isOn)", source: source.name)
            default: continue
            }
        }
        return Resolved(
            setting: setting, value: setting.standard, source: setting.standard == nil ? nil : "default")
    }

    // MARK: Reading

    private func found(_ setting: Setting) -> Resolved? { resolved.first { $0.setting.name == setting.name } }

    func text(_ setting: Setting) -> String? { found(setting)?.value }
    func isOn(_ setting: Setting) -> Bool { found(setting)?.value == "true" }

    /// A value as its type reads it.
    /// - Throws: it does not; says where the value is from.
    func value<V>(_ setting: Setting, _ read: (String) -> V?) throws -> V {
        guard let found = found(setting), let text = found.value, let value = read(text) else {
            let found = found(setting)
            throw Failure(
                found?.source == "flag" ? .usage : .configuration,
                "\(setting.name) cannot be \(found?.value ?? "nothing") (\(found?.source ?? "nowhere"))")
        }
        return value
    }

    // MARK: Printing

    /// Every value and where it is from; of secrets, whether there is one.
    func print(asJSON: Bool) throws {
        if asJSON {
            let members = resolved.map { resolved in
                (
                    resolved.setting.name,
                    [
                        "value": resolved.shown.map { .string($0) } ?? .null,
                        "source": resolved.source.map { .string($0) } ?? .null,
                    ] as Value
                )
            }
            return try Console.printJSON(Document(members))
        }
        let width = resolved.map(\.setting.name.count).max() ?? 0
        for resolved in resolved {
            let name = resolved.setting.name.padding(toLength: width, withPad: " ", startingAt: 0)
            try Console.print("\(name)  \(resolved.shown ?? "-")\(resolved.source.map { "  (\($0))" } ?? "")")
        }
    }
}

extension Settings.Resolved {
    fileprivate var shown: String? { setting.isSecret && value != nil ? "hidden" : value }
}
