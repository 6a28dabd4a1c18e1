package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is a refusal, and what only looks like one. */
class RawClientTest {
  private ServerSocket listening;
  private RawClient client;
  private Socket server;

  @BeforeEach
  void connect() throws IOException {
    listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    client = RawClient.plain((InetSocketAddress) listening.getLocalSocketAddress());
    server = listening.accept();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    server.close();
    listening.close();
  }

  private void answer(String text) throws IOException {
    server.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    server.shutdownOutput();
  }

  @Test
  void anAnswerHasAStatus() throws IOException {
    answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    assertThat(client.status()).isEqualTo(403);
  }

  @Test
  void anEndInPlaceOfAnAnswerIsARefusal() throws IOException {
    answer("");
    assertThat(client.status()).isZero();
  }

  @Test
  void aResetInPlaceOfAnAnswerIsARefusal() throws IOException {
    server.setSoLinger(true, 0);
    server.close();
    assertThat(client.status()).isZero();
  }

  @Test
  void halfAnAnswerIsNone() throws IOException {
    answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh");
    assertThatThrownBy(client::status).isInstanceOf(EOFException.class);
  }

  @Test
  void silenceIsNone() throws IOException {
    client.socket().setSoTimeout(1);
    assertThatThrownBy(client::status).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void anAnswerOfAnotherVersionIsNone() throws IOException {
    answer("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    assertThatThrownBy(client::status).hasMessage("not HTTP/1.1 but 'HTTP/1.0 200 OK'");
  }
}
