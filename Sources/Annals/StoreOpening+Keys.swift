import EventLog
import Platform
import Views

extension StoreOpening {
    var keysDirectory: String { directory + "/keys" }

    /// The ring of persons' keys; with it, on the first start, the master key that wraps them.
    mutating func openKeyRing() throws(StoreError) -> KeyRing {
        let path = keysDirectory + "/ring"
        do throws(FileError) { try options.fileSystem.makeDirectories(keysDirectory) } catch { throw .file(error) }
        do throws(KeyRingError) {
            let master = try masterKey(for: path)
            return try KeyRing(
                path: path, master: master, fileSystem: options.fileSystem, randomness: options.randomness)
        } catch { throw .keys(error) }
    }

    /// For looking only: nothing is made.
    mutating func existingKeyRing() throws(StoreError) -> KeyRing? {
        do throws(FileError) {
            guard try options.fileSystem.exists(keysDirectory + "/ring") else { return nil }
        } catch { throw .file(error) }
        return try openKeyRing()
    }

    private mutating func masterKey(for ring: String) throws(KeyRingError) -> MasterKey {
        let path: String
        switch options.masterKey {
        case .given(let key): return key
        case .file(let given): path = given
        case .inDirectory: path = keysDirectory + "/master"
        }
        if let key = try MasterKey(path: path, fileSystem: options.fileSystem) { return key }
        guard try !exists(ring) else {
            throw .masterKeyFile(path: path, problem: "it is missing, and \(ring) was made with it: put it back")
        }
        let bytes = options.randomness.bytes(MasterKey.byteCount)
        do throws(FileError) { try options.fileSystem.writeAtomically(path, bytes) } catch { throw .file(error) }
        let notice =
            "made the master key \(path): back it up, apart from the data. Without it, or without \(ring), what the log "
            + "says of persons can never be read again."
        masterKeyNotice = notice
        decisions.append(notice)
        return MasterKey(bytes)
    }

    private func exists(_ path: String) throws(KeyRingError) -> Bool {
        do throws(FileError) { return try options.fileSystem.exists(path) } catch { throw .file(error) }
    }

    /// Ends erasures that a crash cut short: a key goes only where the event that erases it is in the log.
    mutating func finishErasing(_ log: EventLog) throws(StoreError) {
        let file = ErasingFile(directory: directory, fileSystem: options.fileSystem)
        do throws(FileError) { if try file.read().isEmpty { return } } catch { throw .file(error) }
        let keys = try file.pending(log)
        do throws(KeyRingError) { try log.keys?.destroy(keys) } catch { throw .keys(error) }
        do throws(FileError) { try file.clear() } catch { throw .file(error) }
        decide("ended \(keys.count) erasures that were cut short")
    }
}
