import BSON
import EventLog
import Glibc
import Platform

/// SplitMix64: the same numbers from the same seed, always.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A directory of a test's own, removed with all it holds.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/annals-eventlog-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileSystem.system.removeTree(path)
    }

    struct Failure: Error {}

    var log: String { path + "/log" }
    var highWater: String { path + "/high-water" }

    /// Copies the files of one directory into another, as an operator would.
    static func copy(_ source: String, to target: String) throws {
        try FileSystem.system.removeTree(target)
        try FileSystem.system.makeDirectory(target)
        for name in try FileSystem.system.list(source) {
            try FileSystem.system.writeWhole(target + "/" + name, FileSystem.system.readWhole(source + "/" + name))
        }
    }
}

func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex.utf8.filter { $0 > 32 })
    return stride(from: 0, to: digits.count, by: 2).map { index in
        UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? 0
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A draft whose content depends on `number` alone.
func draft(_ number: Int, padding: Int = 0) -> EventDraft {
    EventDraft(
        id: "event-\(number)", source: "/test", type: "user.registered", subject: "users/\(number)",
        time: DateTime(milliseconds: 1_700_000_000_000 + Int64(number)),
        data: ["number": .int64(Int64(number)), "padding": .string(String(repeating: "x", count: padding))],
        requestKey: testKeys.key(source: "/test", id: "event-\(number)"), requestDigest: .zero)
}

let testKeys = RequestKeys(key: Array(0..<32))

/// Encodes and appends records `first...last`, all in one batch.
@discardableResult
func append(_ range: ClosedRange<Int>, to log: EventLog, padding: Int = 0) throws -> LogHead {
    try log.append(try batch(range, padding: padding))
}

func batch(_ range: ClosedRange<Int>, padding: Int = 0, recordedTime: Int64? = nil) throws -> LogBatch {
    var batch = LogBatch()
    for number in range {
        try batch.add(
            draft(number, padding: padding), position: UInt64(number),
            recordedTime: DateTime(milliseconds: recordedTime ?? 1_800_000_000_000 + Int64(number)), streamVersion: 1)
    }
    return batch
}

extension LogOptions {
    static let small = LogOptions(mapBytes: 1 << 28, freeSpaceFloorBytes: 0)
}

func openLog(
    _ directory: TemporaryDirectory, _ options: LogOptions = .small, fileSystem: FileSystem = .system,
    clock: Clock = .fixed(0)
) throws(LogError) -> EventLog {
    try EventLog(
        directory: directory.log, highWaterPath: directory.highWater, options: options, fileSystem: fileSystem,
        clock: clock, randomness: .seeded(1))
}
