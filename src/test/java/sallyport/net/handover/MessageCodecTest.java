package sallyport.net.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.codec.CorruptedFrameException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.net.handover.Message.Draining;
import sallyport.net.handover.Message.Give;
import sallyport.net.handover.Message.Hello;
import sallyport.net.handover.Message.Offer;
import sallyport.net.handover.Message.OfferedKey;
import sallyport.net.handover.Message.OfferedSocket;
import sallyport.net.handover.Message.OfferedTickets;
import sallyport.net.handover.Message.OpenConnections;
import sallyport.net.handover.Message.Refused;
import sallyport.net.handover.Message.Serving;
import sallyport.net.handover.Message.Stopped;

/** The frames of a hand-over, as two processes of different builds must agree on them. */
class MessageCodecTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new MessageCodec());

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }

  private static Offer offer() {
    return new Offer(
        List.of(
            new OfferedSocket("https", at("0.0.0.0", 443)),
            new OfferedSocket("admin", at("::1", 65_535))),
        List.of(
            new OfferedTickets("https", List.of(new OfferedKey(Instant.EPOCH, new byte[48]))),
            new OfferedTickets("derived", List.of())));
  }

  static Stream<Message> messages() {
    return Stream.of(
        new Hello(1),
        new Refused("wegen Überfüllung"),
        new Give(65_535),
        new Serving(),
        new Draining(List.of(new OpenConnections("https", 3, Map.of(-1L, 1, 1L, 2)))),
        new Stopped());
  }

  private byte[] encoded(Message message) {
    assertThat(channel.writeOutbound(message)).isTrue();
    ByteBuf frame = channel.readOutbound();
    byte[] octets = ByteBufUtil.getBytes(frame);
    frame.release();
    return octets;
  }

  private Message decoded(byte[] octets) {
    // Octet by octet: a frame may come in any number of pieces.
    for (byte octet : octets) {
      assertThat(channel.<Object>readInbound()).isNull();
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {octet}));
    }
    return channel.readInbound();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aMessageIsReadAsItWasWritten(Message message) {
    assertThat(decoded(encoded(message))).isEqualTo(message);
  }

  @Test
  void anOfferIsReadAsItWasWritten() {
    assertThat(decoded(encoded(offer()))).usingRecursiveComparison().isEqualTo(offer());
  }

  /** Other builds rely on them. */
  @ParameterizedTest
  @CsvSource({"000000070153414c590001,1", "000000090153414c590002abcd,2"})
  void helloIsTheSameForAllVersionsAndMaySayMore(String hex, int version) {
    assertThat(decoded(HexFormat.of().parseHex(hex))).isEqualTo(new Hello(version));
  }

  @Test
  void aRefusalIsTheSameForAllVersions() {
    assertThat(decoded(HexFormat.of().parseHex("000000050300026e6f"))).isEqualTo(new Refused("no"));
  }

  @Test
  void twoMessagesMayComeTogether() {
    byte[] both = HexFormat.of().parseHex("00000001050000000106");
    channel.writeInbound(Unpooled.wrappedBuffer(both));
    assertThat(channel.<Object>readInbound()).isEqualTo(new Serving());
    assertThat(channel.<Object>readInbound()).isEqualTo(new Stopped());
  }

  @Test
  void descriptorsPass() {
    FileDescriptor descriptor = new FileDescriptor(1_000_000);
    channel.writeInbound(descriptor);
    assertThat(channel.<Object>readInbound()).isSameAs(descriptor);
    channel.writeOutbound(descriptor);
    assertThat(channel.<Object>readOutbound()).isSameAs(descriptor);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000", // nothing
        "0100000105", // longer than 16 MiB
        "ffffffff05", // a negative length
        "000000020500", // serving, and more
        "00000002040000", // a wish cut short
        "000000070148545450 0001", // another magic number
        "000000010c", // an unknown kind
        "00000005020001000141", // an offer cut short
        "0000000602000100014103" // an address of 3 octets
      })
  void aFrameThatIsWrongIsAnError(String hex) {
    ByteBuf frame = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));
    assertThatThrownBy(() -> channel.writeInbound(frame))
        .isInstanceOf(CorruptedFrameException.class);
  }

  @Test
  void aKeyIsNotInItsText() {
    byte[] secret = new byte[48];
    secret[47] = 77;
    assertThat(new OfferedKey(Instant.EPOCH, secret))
        .hasToString("ticket key of 1970-01-01T00:00:00Z");
  }
}
