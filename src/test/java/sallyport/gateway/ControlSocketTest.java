package sallyport.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of the control socket when the next process takes over. */
class ControlSocketTest {
  @TempDir private Path folder;

  /** The sockets that got a connection, by their names. */
  private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();

  private Path path() {
    return folder.resolve("control.sock");
  }

  private ControlSocket bind(String name, boolean replace) throws IOException {
    return ControlSocket.bind(
        path(), replace, (connection, operator) -> asked.add(name), user -> asked.add("refused"));
  }

  private String ask() throws Exception {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(path()));
      return String.valueOf(asked.poll(20, TimeUnit.SECONDS));
    }
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void theOneBeforeIsAskedUntilTheNextOneAccepts() throws Exception {
    ControlSocket before = bind("before", false);
    before.accept();
    try (ControlSocket next = bind("next", true)) {
      assertThat(ask()).isEqualTo("before");
      next.accept();
      assertThat(ask()).isEqualTo("next");
      before.close();
      assertThat(ask()).isEqualTo("next");
    }
    assertThat(files()).isZero();
  }

  @Test
  void aNextOneThatNeverAcceptsLeavesTheOneBefore() throws Exception {
    try (ControlSocket before = bind("before", false)) {
      before.accept();
      bind("next", true).close();
      assertThat(ask()).isEqualTo("before");
      assertThat(files()).isEqualTo(1);
    }
  }
}
