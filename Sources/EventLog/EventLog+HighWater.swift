public import Platform
internal import Synchronization

extension EventLog {
    /// Stores the head as high-water mark, unless it is stored already. Append does this about once a second by
    /// itself; call it also from a timer, so that the last events before a quiet time are covered. Safe from any
    /// thread.
    public func storeHighWaterMark() throws(LogError) {
        guard !options.readOnly else { return }
        do throws(FileError) {
            try highWater.withLock { (highWater) throws(FileError) in
                // Read within the lock, so that the mark never goes back.
                let mark = head.mark
                guard highWater.file.mark != mark else { return }
                highWater.storedAt = clock.now()
                do throws(FileError) {
                    try highWater.file.store(mark)
                    highWater.error = nil
                } catch {
                    highWater.error = error
                    throw error
                }
            }
        } catch {
            throw .file(error)
        }
    }

    /// The mark on disk.
    public var highWaterMark: HighWaterMark? {
        highWater.withLock { $0.file.mark }
    }

    /// Why the last attempt to store the mark failed; nil after one that worked. For health checks: appends go on,
    /// but a rollback would be seen only up to the mark before.
    public var highWaterError: FileError? {
        highWater.withLock { $0.error }
    }

    func storeHighWaterMarkIfDue() {
        let now = clock.now()
        let storedAt = highWater.withLock { $0.storedAt }
        // A clock set back counts as due.
        guard now < storedAt || now - storedAt >= options.highWaterIntervalMilliseconds else { return }
        // The batch is durable whatever becomes of the mark; the error is kept for health checks and the next batch
        // tries again.
        try? storeHighWaterMark()
    }
}
