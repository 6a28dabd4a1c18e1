package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class HeldPortTest {
  private static InetSocketAddress of(HeldPort port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port.number());
  }

  @Test
  void connectionsAreRefused() throws Exception {
    try (HeldPort port = HeldPort.hold();
        Socket client = new Socket()) {
      assertThatThrownBy(() -> client.connect(of(port))).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void aServerWithReuseListensOnIt() throws Exception {
    try (HeldPort port = HeldPort.hold();
        ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(of(port));
      try (Socket client = new Socket()) {
        client.connect(of(port));
        assertThat(client.isConnected()).isTrue();
      }
    }
  }

  @Test
  void othersCannotTakeIt() throws Exception {
    try (HeldPort port = HeldPort.hold();
        ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(false);
      assertThatThrownBy(() -> server.bind(of(port))).isInstanceOf(BindException.class);
    }
  }
}
