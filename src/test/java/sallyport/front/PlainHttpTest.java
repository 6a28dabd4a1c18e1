package sallyport.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.CharsetUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.hello.Preface;

/** Requests in clear text at a port that speaks TLS. */
class PlainHttpTest {
  private static @Nullable String answer(byte[] first) {
    ByteBuf octets = Unpooled.wrappedBuffer(first);
    Preface.Step step = PlainHttp.read(octets);
    assertThat(octets.readerIndex()).isZero();
    return step instanceof Preface.Step.Refuse(HandshakeRefusal reason, ByteBuf reply)
            && reply != null
        ? reply.toString(CharsetUtil.US_ASCII)
        : null;
  }

  private static @Nullable String answer(String first) {
    return answer(first.getBytes(CharsetUtil.US_ASCII));
  }

  @Test
  void aRequestIsAnsweredWithTheReason() {
    assertThat(answer("GET / HTTP/1.1\r\n"))
        .startsWith("HTTP/1.1 400 Bad Request\r\n")
        .containsIgnoringCase("\r\nconnection: close\r\n")
        .contains("\r\n\r\nThis port speaks HTTPS");
  }

  @Test
  void anAnswerToHeadHasNoBody() {
    assertThat(answer("HEAD / HTTP/1.1\r\n")).endsWith("\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GET ", "\u0016\u0003\u0001\u0002\u0000\u0001", "get / HTTP/1.1", "SSH-2"})
  void whatIsNotTheBeginningOfARequestIsNotAnswered(String first) {
    assertThat(answer(first)).isNull();
  }
}
