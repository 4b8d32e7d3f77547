import BSON
import Logging
import Platform

/// A line of JSON on standard error for each message: what machines collect.
struct JSONLogHandler: LogHandler {
    private let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(_ label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: Document = [
            "time": .string(DateTime(milliseconds: Clock.system.now()).description),
            "level": .string(event.level.rawValue), "logger": .string(label), "message": .string("\(event.message)"),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for name in all.keys.sorted() where line[FieldPath(name)] == nil {
            line.append(name, .string(all[name].map { "\($0)" } ?? ""))
        }
        Console.note(JSON.string(line, style: .plain))
    }
}
