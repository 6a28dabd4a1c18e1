package sallyport.admin.access;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import sallyport.net.ClientIdentity;

/** Other end of a connection to an admin listener. Immutable. */
public sealed interface Operator {
  /** Returns it for the log and the audit log. */
  String text();

  /** Client of a plain connection, of which the address is known. */
  record Address(InetSocketAddress socket) implements Operator {
    @Override
    public String text() {
      return NetUtil.toSocketAddressString(socket);
    }
  }

  /** Client under TLS that has shown no certificate. */
  record Anonymous(InetSocketAddress socket) implements Operator {
    @Override
    public String text() {
      return NetUtil.toSocketAddressString(socket);
    }
  }

  /** Client under TLS whose certificate is refused, and that is to be told so. */
  record Refused(InetSocketAddress socket) implements Operator {
    @Override
    public String text() {
      return NetUtil.toSocketAddressString(socket);
    }
  }

  /** User of this machine, at a Unix socket. */
  record User(String name) implements Operator {
    @Override
    public String text() {
      return "user " + name;
    }
  }

  /** Client with a verified certificate. */
  record Certified(ClientIdentity identity) implements Operator {
    @Override
    public String text() {
      return identity.subject() + " sha256:" + identity.fingerprint();
    }
  }
}
