internal import Crypto
internal import EventLog
internal import Platform

/// Copies the files beside the log, each as it is now: a key that was destroyed since is not in the new copy.
struct KeyFileCopier {
    let directory: BackupDirectory
    let generation: UInt64

    /// - `erased`: keys that the ring's copy must not have.
    func copy(_ source: BackupSource, _ erased: Set<Digest16>) throws(BackupError) -> [BackupManifest.File] {
        var files: [BackupManifest.File] = []
        if let ring = try copyRing(source, erased) { files.append(ring) }
        for file in source.files {
            let bytes = try BackupError.files { () throws(FileError) in
                try directory.fileSystem.exists(file.path) ? try directory.fileSystem.readWhole(file.path) : nil
            }
            if let bytes { files.append(try write(file.name) { offset in offset == 0 ? bytes : [] }) }
        }
        return files
    }

    /// Gives a copy of the views that lies in the backup, flushed, its name there.
    func takeViews(_ copy: String) throws(BackupError) -> BackupManifest.File {
        let path = "\(directory.path)/\(KeyFiles.views).\(generation)"
        try BackupError.files { () throws(FileError) in try directory.fileSystem.rename(copy, path) }
        return try directory.described(KeyFiles.views, at: path)
    }

    /// nil where there is none.
    private func copyRing(
        _ source: BackupSource, _ erased: Set<Digest16>
    ) throws(BackupError) -> BackupManifest.File? {
        func piece(_ offset: Int) throws(BackupError) -> [UInt8] {
            var bytes: [UInt8]
            do throws(KeyRingError) { bytes = try source.ring(offset, KeyRing.pieceBytes) } catch {
                if case .file(let file) = error, file.isMissing, offset == 0 { return [] }
                throw .keys(error)
            }
            // Slots are made ahead and flushed as a whole: the file ends with one, unless one is being added just now.
            bytes.removeLast(bytes.count % KeyRing.slotByteCount)
            KeyRing.destroy(erased, in: &bytes, at: offset)
            return bytes
        }
        guard try !piece(0).isEmpty else { return nil }
        return try write(KeyFiles.ring, piece)
    }

    /// Piece after piece, until one is empty; then reads all again.
    private func write(
        _ name: String, _ piece: (_ offset: Int) throws(BackupError) -> [UInt8]
    ) throws(BackupError) -> BackupManifest.File {
        let path = "\(directory.path)/\(name).\(generation)"
        let unfinished = path + BackupDirectory.unfinished
        var hasher = SHA256()
        var byteCount = 0
        try BackupError.files { () throws(FileError) in try directory.fileSystem.writeWhole(unfinished, []) }
        while true {
            let bytes = try piece(byteCount)
            if bytes.isEmpty { break }
            try BackupError.files { () throws(FileError) in
                try directory.fileSystem.overwrite(unfinished, byteCount, bytes)
            }
            bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
            byteCount += bytes.count
        }
        let file = BackupManifest.File(name: name, byteCount: byteCount, digest: Digest32(hasher.finalize()))
        try BackupError.files { () throws(FileError) in try directory.fileSystem.rename(unfinished, path) }
        try directory.check(file, at: path)
        return file
    }
}

extension BackupDirectory {
    /// Reads a file beside the log, and holds it against what the manifest says.
    func check(_ file: BackupManifest.File, at path: String) throws(BackupError) {
        let status = try BackupError.files { () throws(FileError) in try fileSystem.status(path) }
        guard let status, status.byteCount == file.byteCount else {
            throw .damaged(path: path, problem: "it is missing, or of another length")
        }
        guard try described(file.name, at: path) == file else {
            throw .damaged(path: path, problem: "its bytes do not have the digest that the manifest says")
        }
    }

    /// What a file is, by reading it.
    func described(_ name: String, at path: String) throws(BackupError) -> BackupManifest.File {
        var hasher = SHA256()
        var offset = 0
        while true {
            let bytes = try BackupError.files { () throws(FileError) in
                try fileSystem.read(path, offset, KeyRing.pieceBytes)
            }
            if bytes.isEmpty { break }
            bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
            offset += bytes.count
        }
        return BackupManifest.File(name: name, byteCount: offset, digest: Digest32(hasher.finalize()))
    }
}
