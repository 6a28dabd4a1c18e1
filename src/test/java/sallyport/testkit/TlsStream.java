package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * One end of a TCP stream under TLS. It tells an end with close_notify from one without, which the
 * JDK's sockets hide. Waits at most 20 s.
 */
public final class TlsStream implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  /** Close_notify as TLS 1.3 sends it: level, description, inner type and tag. */
  private static final int TLS13_ALERT = 2 + 1 + 16;

  private static final int ALERT = 0x15;

  private final Tapped below;
  private final SSLSocket socket;

  private TlsStream(Tapped below, SSLSocket socket) {
    this.below = below;
    this.socket = socket;
  }

  /** Connects; over these versions, or those of the JDK where there are none. */
  public static TlsStream connect(
      InetSocketAddress address, SSLContext context, String serverName, String... versions)
      throws IOException {
    return connectAfter("", address, context, serverName, versions);
  }

  /**
   * Connects, and begins with TLS behind a preamble.
   *
   * @param preamble a PROXY protocol header, for example; its characters are octets
   */
  public static TlsStream connectAfter(
      String preamble,
      InetSocketAddress address,
      SSLContext context,
      String serverName,
      String... versions)
      throws IOException {
    Tapped below = new Tapped();
    below.connect(address, TIMEOUT_MILLIS);
    below.setSoTimeout(TIMEOUT_MILLIS);
    below.getOutputStream().write(preamble.getBytes(StandardCharsets.ISO_8859_1));
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(below, serverName, address.getPort(), /* autoClose= */ true);
    SSLParameters parameters = socket.getSSLParameters();
    if (versions.length > 0) {
      parameters.setProtocols(versions);
    }
    parameters.setServerNames(List.of(new SNIHostName(serverName)));
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (IOException e) {
      below.close();
      throw e;
    }
    return new TlsStream(below, socket);
  }

  /** Accepts from a client that has to show a certificate. */
  static TlsStream accept(Tapped below, SSLContext context) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(below, /* consumed= */ null, /* autoClose= */ true);
    socket.setNeedClientAuth(true);
    socket.startHandshake();
    return new TlsStream(below, socket);
  }

  public SSLSocket socket() {
    return socket;
  }

  public InputStream in() throws IOException {
    return socket.getInputStream();
  }

  public OutputStream out() throws IOException {
    return socket.getOutputStream();
  }

  public void send(String text) throws IOException {
    out().write(text.getBytes(StandardCharsets.ISO_8859_1));
    out().flush();
  }

  public String read(int length) throws IOException {
    return new String(in().readNBytes(length), StandardCharsets.ISO_8859_1);
  }

  /** Sends a text to a peer that sends it back. */
  public void ping(String text) throws IOException {
    send(text);
    assertThat(read(text.length())).isEqualTo(text);
  }

  /** Sends close_notify, and goes on reading. */
  public void finish() throws IOException {
    socket.shutdownOutput();
  }

  /** Ends TCP without close_notify. */
  public void cut() throws IOException {
    below.shutdownOutput();
  }

  /** Resets TCP. */
  public void reset() throws IOException {
    below.setSoLinger(true, 0);
    below.close();
  }

  /** Reads to the end; {@code end} for close_notify, {@code reset}, or {@code cut}. */
  public String end() throws IOException {
    try {
      in().transferTo(OutputStream.nullOutputStream());
    } catch (SocketTimeoutException silent) {
      throw silent;
    } catch (IOException broken) {
      return "Connection reset".equals(broken.getMessage()) ? "reset" : "cut";
    }
    return below.endsWithAlert() ? "end" : "cut";
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Socket that notes the last TLS record that was read. */
  static final class Tapped extends Socket {
    private int type;
    private int length;

    /** Octets of the header and the body of this record that are still to come. */
    private int header = 5;

    private int body;

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read() throws IOException {
          int octet = super.read();
          if (octet >= 0) {
            note(octet);
          }
          return octet;
        }

        @Override
        public int read(byte[] bytes, int offset, int most) throws IOException {
          int count = super.read(bytes, offset, most);
          for (int i = 0; i < count; i++) {
            note(bytes[offset + i] & 0xff);
          }
          return count;
        }
      };
    }

    private void note(int octet) {
      if (header == 0) {
        if (--body == 0) {
          header = 5;
        }
        return;
      }
      switch (header--) {
        case 5 -> type = octet;
        case 2 -> length = octet << 8;
        case 1 -> {
          length |= octet;
          body = length;
        }
        default -> {}
      }
    }

    boolean endsWithAlert() {
      return header == 5 && (type == ALERT || length == TLS13_ALERT);
    }
  }
}
