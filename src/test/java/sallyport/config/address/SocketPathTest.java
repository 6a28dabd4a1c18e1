package sallyport.config.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketPathTest {
  private static final PeerUser OWN = new PeerUser.Own();
  private static final PeerUser OTHER = new PeerUser.Named("65533", 65_533);

  @TempDir Path temporary;

  private Path outer = Path.of("/");
  private Path folder = Path.of("/");
  private Path socket = Path.of("/");
  private @Nullable ServerSocketChannel server;

  @BeforeEach
  void listen() throws IOException {
    outer = Files.createDirectory(temporary.resolve("outer"));
    folder = Files.createDirectory(outer.resolve("run"));
    socket = folder.resolve("app.sock");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    mode(temporary, "rwxr-xr-x");
    mode(outer, "rwxr-xr-x");
    mode(folder, "rwxr-xr-x");
    mode(socket, "rwxr-xr-x");
  }

  @AfterEach
  void close() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private @Nullable String problem(Path path, PeerUser peer) throws IOException {
    return SocketPath.problem(path, peer, PeerUser.own());
  }

  @Test
  void takesASocketThatItsOwnerAloneWritesTo() throws IOException {
    assertThat(problem(socket, OWN)).isNull();
    assertThat(problem(socket, OTHER)).isNull();
  }

  @Test
  void takesWhatIsNotThereYet() throws IOException {
    assertThat(problem(folder.resolve("later.sock"), OWN)).isNull();
    assertThat(problem(folder.resolve("later/app.sock"), OWN)).isNull();
  }

  @Test
  void refusesASocketThatEveryUserWritesTo() throws IOException {
    mode(socket, "rw-rw-rw-");
    assertThat(problem(socket, OWN))
        .contains("every user may write to the socket '" + socket + "'", "chmod o-w " + socket);
  }

  @Test
  void takesSuchASocketWhereOthersDoNotEnterItsFolder() throws IOException {
    mode(socket, "rwxrwxrwx");
    mode(folder, "rwxr-x---");
    assertThat(problem(socket, OWN)).isNull();
    mode(folder, "rwxr-xr-x");
    mode(outer, "rwx------");
    assertThat(problem(socket, OWN)).isNull();
  }

  @Test
  void refusesAFolderThatEveryUserWritesTo() throws IOException {
    mode(folder, "rwxrwxrwx");
    assertThat(problem(socket, OWN))
        .contains("every user may write to the folder '" + folder + "'");
    assertThat(problem(folder.resolve("later.sock"), OWN))
        .contains("every user may write to the folder");
  }

  @Test
  void refusesAFolderAboveThatEveryUserWritesTo() throws IOException {
    mode(outer, "rwxrwxrwx");
    assertThat(problem(socket, OWN)).contains("every user may write to the folder '" + outer + "'");
  }

  @Test
  void judgesTheFolderThatALinkLeadsToAndTheOneThatItIsIn() throws IOException {
    Path links = Files.createDirectory(temporary.resolve("links"));
    Path link = Files.createSymbolicLink(links.resolve("app.sock"), socket);
    assertThat(problem(link, OWN)).isNull();
    mode(folder, "rwxrwxrwx");
    assertThat(problem(link, OWN)).contains("'" + folder + "'");
    mode(folder, "rwxr-xr-x");
    mode(links, "rwxrwxrwx");
    assertThat(problem(link, OWN)).contains("'" + links + "'");
  }

  @Test
  void refusesAFileThatIsNoSocket() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(problem(file, OWN)).isEqualTo("'" + file + "' is no socket");
    assertThat(problem(folder, OWN)).isEqualTo("'" + folder + "' is no socket");
  }

  @Test
  void refusesWhatBelongsToAnotherUser() throws IOException {
    assumeTrue(PeerUser.own() == PeerUser.ROOT, "needs root");
    Files.setAttribute(socket, "unix:uid", 65_533);
    assertThat(problem(socket, OWN)).contains("the socket", "belongs to user 65533");
    assertThat(problem(socket, OTHER)).isNull();
    Files.setAttribute(folder, "unix:uid", 65_533);
    assertThat(problem(socket, OWN)).contains("the folder", "belongs to user 65533");
    assertThat(problem(socket, OTHER)).isNull();
  }
}
