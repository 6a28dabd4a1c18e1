package sallyport.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.CharsetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.hello.Preface.Step;

/** What clients of PostgreSQL send before TLS. */
class PostgresPrefaceTest {
  private static final int SSL_REQUEST = 80877103;
  private static final int GSSENC_REQUEST = 80877104;
  private static final int CANCEL_REQUEST = 80877102;
  private static final int VERSION_3 = 3 << 16;

  private final List<CancelKey> cancelled = new ArrayList<>();
  private final Future<Void> sent = ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
  private final PostgresPreface preface =
      new PostgresPreface(
          key -> {
            cancelled.add(key);
            return sent;
          });

  private static ByteBuf packet(int length, int code) {
    return Unpooled.buffer().writeInt(length).writeInt(code);
  }

  private String answered(ByteBuf octets) {
    return preface.read(octets) instanceof Step.Answer(int length, ByteBuf reply)
        ? length + " " + reply.toString(CharsetUtil.US_ASCII)
        : "not answered";
  }

  private String refused(ByteBuf octets) {
    return preface.read(octets) instanceof Step.Refuse(HandshakeRefusal reason, ByteBuf reply)
        ? reason + " " + (reply == null ? "" : reply.toString(CharsetUtil.US_ASCII))
        : "not refused";
  }

  @Test
  void aRequestForTlsIsGranted() {
    assertThat(answered(packet(8, SSL_REQUEST))).isEqualTo("8 S");
    assertThat(preface.needsProtocol()).isFalse();
  }

  @Test
  void afterItTlsBeginsWithAnyOctet() {
    preface.read(packet(8, SSL_REQUEST));
    assertThat(preface.read(packet(8, SSL_REQUEST))).isEqualTo(Step.TLS);
  }

  @Test
  void tlsAtOnceNeedsAlpn() {
    assertThat(preface.read(Unpooled.buffer().writeByte(22))).isEqualTo(Step.TLS);
    assertThat(preface.needsProtocol()).isTrue();
  }

  @Test
  void kerberosIsDeclinedOnceAndTlsMayFollow() {
    assertThat(answered(packet(8, GSSENC_REQUEST))).isEqualTo("8 N");
    assertThat(answered(packet(8, SSL_REQUEST))).isEqualTo("8 S");
  }

  @Test
  void kerberosIsNotDeclinedTwice() {
    preface.read(packet(8, GSSENC_REQUEST));
    assertThat(refused(packet(8, GSSENC_REQUEST))).startsWith("NOT_TLS").contains("C08P01\0");
  }

  @Test
  void aSessionInClearTextIsRefusedInItsOwnProtocol() {
    ByteBuf startup =
        packet(23, VERSION_3).writeBytes("user\0secret\0".getBytes(CharsetUtil.US_ASCII));
    String refusal = refused(startup);
    assertThat(refusal)
        .startsWith("PLAIN_POSTGRES E")
        .contains("SFATAL\0VFATAL\0C28000\0Mthis port speaks TLS only")
        .endsWith("\0\0")
        .doesNotContain("secret");
  }

  @Test
  void theLengthOfAnErrorCountsItselfAndAllFields() {
    ByteBuf error = ErrorResponse.TLS_REQUIRED.encode();
    assertThat(error.getByte(0)).isEqualTo((byte) 'E');
    assertThat(error.getInt(1)).isEqualTo(error.readableBytes() - 1);
  }

  /** Otherwise what a man in the middle adds would be read as if the client had sent it in TLS. */
  @ParameterizedTest
  @ValueSource(ints = {SSL_REQUEST, GSSENC_REQUEST})
  void octetsBehindTheRequestAreRefused(int code) {
    assertThat(refused(packet(8, code).writeByte('Q')))
        .startsWith("PLAIN_POSTGRES")
        .contains("unencrypted data");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 7, 9, 16, Integer.MAX_VALUE, -1})
  void aRequestOfAnotherLengthIsRefused(int length) {
    assertThat(refused(packet(length, SSL_REQUEST))).contains("invalid startup packet");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, 10_001, -1, Integer.MAX_VALUE})
  void whatIsNoStartupPacketIsRefusedWithoutAWord(int length) {
    assertThat(refused(packet(length, VERSION_3))).isEqualTo("NOT_TLS ");
  }

  @Test
  void anotherProtocolIsRefusedWithoutAWord() {
    assertThat(refused(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n", CharsetUtil.US_ASCII)))
        .isEqualTo("NOT_TLS ");
  }

  @Test
  void sevenOctetsTellNothing() {
    assertThat(preface.read(packet(8, SSL_REQUEST).writerIndex(7))).isEqualTo(Step.MORE);
  }

  @Test
  void aCancelRequestIsHandedOn() {
    ByteBuf request = packet(16, CANCEL_REQUEST).writeInt(4711).writeInt(0x01020304);
    assertThat(preface.read(request.duplicate().writerIndex(15))).isEqualTo(Step.MORE);
    assertThat(preface.read(request)).isEqualTo(new Step.Close(sent));
    assertThat(cancelled).containsExactly(new CancelKey(4711, "01020304"));
    assertThat(cancelled.getFirst().request()).isEqualTo(request);
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 15, 269, -1, Integer.MAX_VALUE})
  void aCancelRequestOfAnotherLengthIsRefused(int length) {
    assertThat(refused(packet(length, CANCEL_REQUEST).writeZero(300))).startsWith("NOT_TLS");
    assertThat(cancelled).isEmpty();
  }

  @Test
  void aKeyIsNotShown() {
    assertThat(new CancelKey(4711, "01020304").toString()).doesNotContain("4711", "0102");
  }
}
