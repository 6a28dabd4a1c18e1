package sallyport.credentials.acme.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Folder of small files that several processes write and read: each for its owner alone, and
 * replaced in one step. Blocks.
 *
 * <p>It needs no locks of the file system. It relies on the exclusive creation of a file, on a
 * rename that replaces, and on names and files that are current when they are opened (close-to-open
 * consistency of NFS).
 */
final class SharedFolder {
  private static final int MAX_BYTES = 1024;

  /** Begin of the names of files that are written, and of none that are read. */
  private static final String DRAFT = ".";

  private final Path folder;

  SharedFolder(Path folder) {
    this.folder = folder;
  }

  Path path() {
    return folder;
  }

  /** Creates the folder where there is none. */
  void make() throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** Creates, replaces and deletes a file, as the folder has to allow. */
  void probe() throws IOException {
    String name = DRAFT + "probe-" + UUID.randomUUID();
    try {
      create(name, "");
      replace(name, "probe");
    } catch (NoSuchFileException cleared) {
      // Another replica has begun to lead in this moment, and clears drafts once.
      create(name + "-again", "");
      delete(name + "-again");
    }
    delete(name);
  }

  /** Returns the names of the files, without drafts; empty where there is no folder. */
  List<String> names() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    return all().stream().filter(name -> !name.startsWith(DRAFT)).toList();
  }

  /**
   * Returns the text of a file, up to its first 1024 octets.
   *
   * @throws java.nio.file.NoSuchFileException when it is not there
   */
  String read(String name) throws IOException {
    try (InputStream in = Files.newInputStream(folder.resolve(name))) {
      return new String(in.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Creates a file that is not there. Others may see it without its text for a moment.
   *
   * @throws FileAlreadyExistsException when it is there: of several that create it, one does
   */
  void create(String name, String text) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            folder.resolve(name),
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
  }

  /** Writes a file, in place of the one of this name. Others see the one or the other. */
  void replace(String name, String text) throws IOException {
    String draft = DRAFT + UUID.randomUUID();
    create(draft, text);
    Files.move(
        folder.resolve(draft),
        folder.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Deletes a file; does nothing where there is none. */
  void delete(String name) throws IOException {
    Files.deleteIfExists(folder.resolve(name));
  }

  /** Deletes drafts of processes that have ended; one that writes still fails. */
  void deleteDrafts() throws IOException {
    for (String name : all()) {
      if (name.startsWith(DRAFT)) {
        delete(name);
      }
    }
  }

  private List<String> all() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
  }
}
