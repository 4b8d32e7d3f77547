import EventLog
import Platform
import Testing

/// A log that is older than it was, or other than it was, is refused.
@Suite struct EventLogRollbackTests {
    /// Ten records; a copy of the environment after the first five in `copy`.
    static func prepare() throws -> (TemporaryDirectory, copy: String) {
        let directory = try TemporaryDirectory()
        let copy = directory.path + "/copy"
        do {
            let log = try openLog(directory)
            try append(1...5, to: log)
            try log.close()
        }
        try TemporaryDirectory.copy(directory.log, to: copy)
        do {
            let log = try openLog(directory)
            try append(6...10, to: log)
            try log.close()
        }
        return (directory, copy)
    }

    static func refusal(_ directory: TemporaryDirectory, _ options: LogOptions = .small) -> LogError? {
        do throws(LogError) {
            _ = try openLog(directory, options)
            return nil
        } catch {
            return error
        }
    }

    @Test func anOlderCopyIsRefused() throws {
        let (directory, copy) = try Self.prepare()
        try TemporaryDirectory.copy(copy, to: directory.log)
        guard case .rolledBack(let expected, let found) = Self.refusal(directory) else {
            Issue.record("the rollback was not refused")
            return
        }
        #expect(expected.position == 10)
        #expect(found.position == 5)
        var readOnly = LogOptions.small
        readOnly.readOnly = true
        guard case .rolledBack = Self.refusal(directory, readOnly) else {
            Issue.record("the rollback was not refused read-only")
            return
        }
        // Refused again: refusing changes nothing.
        guard case .rolledBack(expected, found) = Self.refusal(directory) else {
            Issue.record("the rollback was refused once only")
            return
        }
    }

    @Test func anAcceptedRollbackIsTheNewTruth() throws {
        let (directory, copy) = try Self.prepare()
        try TemporaryDirectory.copy(copy, to: directory.log)
        var options = LogOptions.small
        options.acceptRollback = true
        do {
            let log = try openLog(directory, options)
            #expect(log.head.position == 5)
            #expect(log.highWaterMark == log.head.mark)
        }
        #expect(Self.refusal(directory) == nil)
    }

    @Test func anotherRecordAtTheMarkIsRefused() throws {
        let (directory, copy) = try Self.prepare()
        try TemporaryDirectory.copy(copy, to: directory.log)
        do {
            // Written elsewhere, under another mark: as long as the right one, and longer.
            let log = try EventLog(
                directory: directory.log, highWaterPath: directory.path + "/other", options: .small)
            #expect(log.highWaterWasMissing)
            try append(6...12, to: log, padding: 1)
        }
        guard case .rolledBack(let expected, let found) = Self.refusal(directory) else {
            Issue.record("another history was not refused")
            return
        }
        #expect(expected.position == 10 && found.position == 10)
        #expect(expected.leaf != found.leaf)
    }

    @Test func aMissingLogIsNotMadeAnew() throws {
        let (directory, _) = try Self.prepare()
        try FileSystem.system.removeTree(directory.log)
        guard case .rolledBack(let expected, .empty) = Self.refusal(directory) else {
            Issue.record("a missing log was not refused")
            return
        }
        #expect(expected.position == 10)
        #expect(try !FileSystem.system.exists(directory.log))
    }

    @Test func aDamagedMarkIsRefusedUntilAccepted() throws {
        let (directory, _) = try Self.prepare()
        try FileSystem.system.writeWhole(directory.highWater, [])
        guard case .highWaterDamaged = Self.refusal(directory) else {
            Issue.record("a damaged mark was not refused")
            return
        }
        var options = LogOptions.small
        options.acceptRollback = true
        #expect(Self.refusal(directory, options) == nil)
        #expect(Self.refusal(directory) == nil)
    }

    @Test func aMarkBehindTheLogIsBroughtUp() throws {
        let directory = try TemporaryDirectory()
        do {
            let log = try openLog(directory)
            // Not closed: as after a kill.
            try append(1...7, to: log)
            #expect(log.highWaterMark == .empty)
        }
        let log = try openLog(directory)
        #expect(log.head.position == 7)
        #expect(log.highWaterMark == log.head.mark)
    }
}
