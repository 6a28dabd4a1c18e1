package sallyport.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Messages with which a server ends a connection (PostgreSQL documentation, "ErrorResponse" and
 * "Error and Notice Message Fields"). Stateless, any thread.
 */
public enum ErrorResponse {
  /**
   * SQLSTATE 28000: invalid_authorization_specification, as servers without plain access use it.
   */
  TLS_REQUIRED("28000", "this port speaks TLS only; connect with sslmode=verify-full"),

  /** SQLSTATE 08P01: protocol_violation. */
  UNENCRYPTED_DATA("08P01", "received unencrypted data after the request for TLS"),

  /** SQLSTATE 08P01: protocol_violation. */
  INVALID_STARTUP("08P01", "invalid startup packet"),

  /** SQLSTATE 57P01: admin_shutdown. */
  SHUTDOWN("57P01", "terminating connection due to administrator command"),

  /** SQLSTATE 08006: connection_failure. */
  NO_SERVER("08006", "the database cannot be reached");

  private final String sqlState;
  private final String message;

  ErrorResponse(String sqlState, String message) {
    this.sqlState = sqlState;
    this.message = message;
  }

  /** Returns the message, of severity FATAL. */
  public ByteBuf encode() {
    String fields = "SFATAL\0VFATAL\0C%s\0M%s\0\0".formatted(sqlState, message);
    byte[] octets = fields.getBytes(StandardCharsets.US_ASCII);
    ByteBuf response = Unpooled.buffer(1 + Integer.BYTES + octets.length);
    return response.writeByte('E').writeInt(Integer.BYTES + octets.length).writeBytes(octets);
  }
}
