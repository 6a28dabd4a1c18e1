package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** gRPC through the gateway, with grpc-java at both ends: HTTP/2 all the way, trailers and all. */
class GrpcIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static final MethodDescriptor.Marshaller<String> TEXT =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(String value) {
          return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
          try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private static final MethodDescriptor<String, String> UNARY = method("Unary", MethodType.UNARY);
  private static final MethodDescriptor<String, String> NEVER = method("Never", MethodType.UNARY);
  private static final MethodDescriptor<String, String> DOWN =
      method("Down", MethodType.SERVER_STREAMING);
  private static final MethodDescriptor<String, String> UP =
      method("Up", MethodType.CLIENT_STREAMING);
  private static final MethodDescriptor<String, String> BOTH =
      method("Both", MethodType.BIDI_STREAMING);

  private final BlockingQueue<Metadata> heads = new LinkedBlockingQueue<>();
  private final BlockingQueue<Boolean> deadlines = new LinkedBlockingQueue<>();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private Server server;
  private ManagedChannel channel;

  private static MethodDescriptor<String, String> method(String name, MethodType type) {
    return MethodDescriptor.newBuilder(TEXT, TEXT)
        .setType(type)
        .setFullMethodName("echo.Echo/" + name)
        .build();
  }

  @BeforeEach
  void startBackendAndGateway() throws IOException {
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    ServerServiceDefinition service =
        ServerServiceDefinition.builder("echo.Echo")
            .addMethod(UNARY, ServerCalls.asyncUnaryCall(GrpcIT::unary))
            .addMethod(NEVER, ServerCalls.asyncUnaryCall(this::never))
            .addMethod(DOWN, ServerCalls.asyncServerStreamingCall(GrpcIT::down))
            .addMethod(UP, ServerCalls.asyncClientStreamingCall(GrpcIT::up))
            .addMethod(BOTH, ServerCalls.asyncBidiStreamingCall(this::both))
            .build();
    server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                TlsServerCredentials.newBuilder()
                    .keyManager(
                        gateway.file("backend.pem").toFile(), gateway.file("backend.key").toFile())
                    .trustManager(gateway.file("backend-ca.pem").toFile())
                    .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                    .build())
            .directExecutor()
            .addService(service)
            .intercept(
                new io.grpc.ServerInterceptor() {
                  @Override
                  public <Q, A> io.grpc.ServerCall.Listener<Q> interceptCall(
                      io.grpc.ServerCall<Q, A> call,
                      Metadata headers,
                      io.grpc.ServerCallHandler<Q, A> next) {
                    heads.add(headers);
                    deadlines.add(Context.current().getDeadline() != null);
                    return next.startCall(call, headers);
                  }
                })
            .build()
            .start();
    gateway.closing(() -> server.shutdownNow().awaitTermination(20, TimeUnit.SECONDS));
    start("http2");
  }

  /** A gateway that speaks this to the backend, and a client of it. */
  private void start(String protocol) throws IOException {
    gateway.stop();
    gateway.start(Setup.to("127.0.0.1:" + server.getPort()).backend("protocol = " + protocol));
    ManagedChannel opened =
        NettyChannelBuilder.forAddress(
                "localhost",
                gateway.https().getPort(),
                TlsChannelCredentials.newBuilder()
                    .trustManager(gateway.file("ca.pem").toFile())
                    .build())
            .directExecutor()
            .build();
    channel = opened;
    gateway.closing(() -> opened.shutdownNow().awaitTermination(20, TimeUnit.SECONDS));
  }

  private static void unary(String request, StreamObserver<String> answers) {
    if (request.equals("fail")) {
      Metadata trailers = new Metadata();
      trailers.put(key("why"), "because");
      answers.onError(Status.FAILED_PRECONDITION.withDescription("no").asException(trailers));
      return;
    }
    answers.onNext("you said " + request);
    answers.onCompleted();
  }

  private void never(String request, StreamObserver<String> answers) {
    noticeCancel(answers);
    asked.countDown();
  }

  private void noticeCancel(StreamObserver<String> answers) {
    ((ServerCallStreamObserver<String>) answers).setOnCancelHandler(cancelled::countDown);
  }

  private static void down(String request, StreamObserver<String> answers) {
    String[] words = request.split(" ", 2);
    for (int i = 0; i < Integer.parseInt(words[0]); i++) {
      answers.onNext("line " + i);
    }
    if (words.length > 1) {
      answers.onError(Status.DATA_LOSS.withDescription(words[1]).asException());
    } else {
      answers.onCompleted();
    }
  }

  private static StreamObserver<String> up(StreamObserver<String> answers) {
    List<String> heard = new ArrayList<>();
    return observer(
        heard::add,
        () -> {
          answers.onNext(String.join(",", heard));
          answers.onCompleted();
        });
  }

  private StreamObserver<String> both(StreamObserver<String> answers) {
    noticeCancel(answers);
    return observer(said -> answers.onNext("echo " + said), answers::onCompleted);
  }

  private static StreamObserver<String> observer(
      java.util.function.Consumer<String> next, Runnable completed) {
    return new StreamObserver<>() {
      @Override
      public void onNext(String value) {
        next.accept(value);
      }

      @Override
      public void onError(Throwable error) {
        next.accept("error " + error.getMessage());
      }

      @Override
      public void onCompleted() {
        completed.run();
      }
    };
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private <T> ClientCall<T, T> call(MethodDescriptor<T, T> method) {
    return channel.newCall(method, CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS));
  }

  @Test
  void aUnaryCallIsAnsweredAndTheBackendSeesWhoAsked() throws Exception {
    assertThat(ClientCalls.blockingUnaryCall(call(UNARY), "hello")).isEqualTo("you said hello");
    Metadata head = heads.take();
    assertThat(head.get(key("x-forwarded-for"))).isEqualTo("127.0.0.1");
    assertThat(head.get(key("x-forwarded-proto"))).isEqualTo("https");
    assertThat(head.get(key("traceparent"))).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00");
  }

  @Test
  void anErrorComesWithItsTrailers() {
    assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(call(UNARY), "fail"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            error -> {
              assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
              assertThat(error.getStatus().getDescription()).isEqualTo("no");
              assertThat(error.getTrailers().get(key("why"))).isEqualTo("because");
            });
  }

  @Test
  void aServerStreamArrivesWholeAndInOrder() {
    Iterator<String> lines = ClientCalls.blockingServerStreamingCall(call(DOWN), "2000");
    for (int i = 0; i < 2000; i++) {
      assertThat(lines.next()).isEqualTo("line " + i);
    }
    assertThat(lines.hasNext()).isFalse();
  }

  @Test
  void aClientStreamArrivesWholeAndInOrder() throws Exception {
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    StreamObserver<String> out =
        ClientCalls.asyncClientStreamingCall(call(UP), observer(answers::add, () -> {}));
    for (int i = 0; i < 500; i++) {
      out.onNext(Integer.toString(i));
    }
    out.onCompleted();
    assertThat(answers.poll(20, TimeUnit.SECONDS)).startsWith("0,1,2,").endsWith(",498,499");
  }

  @Test
  void inABidirectionalStreamEachSideHearsTheOtherWhileItSpeaks() throws Exception {
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    StreamObserver<String> out =
        ClientCalls.asyncBidiStreamingCall(
            call(BOTH), observer(answers::add, () -> answers.add("end")));
    for (int i = 0; i < 50; i++) {
      out.onNext("turn " + i);
      assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("echo turn " + i);
    }
    out.onCompleted();
    assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("end");
  }

  @Test
  void manyCallsShareOneConnectionToTheBackend() throws Exception {
    List<Thread> callers = new ArrayList<>();
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    for (int i = 0; i < 50; i++) {
      String name = "caller " + i;
      callers.add(
          Thread.ofVirtual()
              .start(() -> answers.add(ClientCalls.blockingUnaryCall(call(UNARY), name))));
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(answers).hasSize(50);
    assertThat(gateway.metric("gateway_upstream_handshakes_total")).isEqualTo(1);
  }

  @Test
  void aCallThatTheClientCancelsIsCancelledAtTheBackend() throws Exception {
    Metadata extra = new Metadata();
    extra.put(key("x-mine"), "1");
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    ClientCall<String, String> call =
        io.grpc.ClientInterceptors.intercept(
                channel, MetadataUtils.newAttachHeadersInterceptor(extra))
            .newCall(BOTH, CallOptions.DEFAULT);
    StreamObserver<String> out =
        ClientCalls.asyncBidiStreamingCall(call, observer(answers::add, () -> {}));
    out.onNext("one");
    assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("echo one");
    call.cancel("enough", null);
    assertThat(cancelled.await(20, TimeUnit.SECONDS)).as("the backend hears of it").isTrue();
    assertThat(gateway.access().awaitContaining("/echo.Echo/Both")).contains("client_closed");
    assertThat(heads.take().get(key("x-mine"))).isEqualTo("1");
  }

  @Test
  void aDeadlineIsKnownToTheBackend() throws Exception {
    ClientCalls.blockingUnaryCall(call(UNARY), "hello");
    assertThat(deadlines.take()).isTrue();
    ClientCalls.blockingUnaryCall(channel.newCall(UNARY, CallOptions.DEFAULT), "hello");
    assertThat(deadlines.take()).isFalse();
  }

  @Test
  void aCallThatIsNotAnsweredByItsDeadlineEndsAtBothEnds() throws Exception {
    // So that what the deadline measures is the call, and no handshake.
    ClientCalls.blockingUnaryCall(call(UNARY), "hello");
    ClientCall<String, String> call =
        channel.newCall(NEVER, CallOptions.DEFAULT.withDeadlineAfter(2, TimeUnit.SECONDS));
    assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(call, "hello"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            error ->
                assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anErrorAfterMessagesComesAfterThem() {
    Iterator<String> lines = ClientCalls.blockingServerStreamingCall(call(DOWN), "2 lost the rest");
    assertThat(lines.next()).isEqualTo("line 0");
    assertThat(lines.next()).isEqualTo("line 1");
    assertThatThrownBy(lines::hasNext)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            error -> {
              assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.DATA_LOSS);
              assertThat(error.getStatus().getDescription()).isEqualTo("lost the rest");
            });
  }

  @Test
  void aResponseOfTrailersOnlyStaysOne() throws IOException {
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(
        1,
        "POST",
        "/echo.Echo/Unary",
        false,
        Map.of("content-type", "application/grpc", "te", "trailers"));
    byte[] message = {0, 0, 0, 0, 4, 'f', 'a', 'i', 'l'};
    client.send(RawHttp2.DATA, RawHttp2.END_STREAM, 1, message);
    RawHttp2.Frame only = client.readUntil(f -> f.stream() == 1);
    assertThat(only.type()).isEqualTo(RawHttp2.HEADERS);
    assertThat(only.flags() & RawHttp2.END_STREAM).isEqualTo(RawHttp2.END_STREAM);
    Http2Headers head = client.decode(only);
    assertThat(head.status()).hasToString("200");
    assertThat(head.get("grpc-status")).hasToString("9");
    assertThat(head.get("why")).hasToString("because");
  }

  @Test
  void aLargeMessageGoesBothWays() {
    String large = "x".repeat(3_000_000);
    assertThat(ClientCalls.blockingUnaryCall(call(UNARY), large)).isEqualTo("you said " + large);
  }

  @Test
  void aBackendThatOffersHttp2NeedNotBeMarkedAsSuch() throws IOException {
    start("auto");
    assertThat(ClientCalls.blockingUnaryCall(call(UNARY), "hello")).isEqualTo("you said hello");
  }

  @Test
  void whereOnlyHttp1MayBeSpokenTheServiceIsUnavailable() throws IOException {
    start("http1");
    assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(call(UNARY), "hello"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            error -> assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    assertThat(heads).isEmpty();
  }
}
