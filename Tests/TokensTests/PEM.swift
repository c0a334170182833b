// Private keys of these tests alone.
//
//     openssl genpkey -algorithm ed25519; … EC -pkeyopt ec_paramgen_curve:P-256; … RSA -pkeyopt rsa_keygen_bits:2048

enum PEM {
    static let ed25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEICym9Om6Cu6vBIQbe/qrLpYvg2jW75+AuY3OBh1PWj1T
        -----END PRIVATE KEY-----
        """

    static let p256 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgONO7UyNY7Zu6zti+
        GEbX93CAHkUSPFdyGVy0TDGHMeWhRANCAATf7NnSKA+WSLu00zwlWBTLRdRApxYZ
        mBx9f7JwxQvf0S096FIj0/BPSKku6HFsfvQy02rrSIv3pVTGqYzgPdDO
        -----END PRIVATE KEY-----
        """

    static let rsa = """
        -----BEGIN PRIVATE KEY-----
        MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQCpy3D3HWDxm17Y
        451YzGHvOt6yLLwHOMnmNnP0AQY8SGE3pVS2UzT6k3T8/dotYLcKbPfX1wYCOuCk
        VkBvOVaF4vBbAnXMUNZnBJqGi6TuRGDiNLFK1nG/FgxNeo2txFWB7P5vXftH5Q2q
        rj/kLE2gUputL6RUZa5VUi422w2fmV9hgQOVKNGK8aUWhUrMWMj9g0/yHATNz0NL
        Ut3HZlQREQUlzFUYEGNNQd/ySZ24sfLVsyR9g2JN1XJdsjW23VkFkjl0ncvnJyjC
        6GjxkHZsrR26SuGIhoB65dZ+T0jeCugOCz80NsbK3Ci1Jt28chVIw3CajDoZ+15d
        VbrZugXBAgMBAAECggEAG9mcMlQ1yftXj9Cpxt5jM+eejnAK+U5Fw4Zr93pRiQLA
        O23ZWryEJJOaLUMADdBexY2BC3yf5i69GQdysyue9v/1t5/MLZKW0DfvlqECEPjT
        QVcuO124M4UMyIqRAY8CDXkPdLngFPdLihLhtO3VX7YdBceaNyOkeCcuIF5GukYb
        66w8bS8lbGHJGtt+V3DCMKOPLviRet8gMtamJfRgz+PEDToUfhXEeLepShrDQHmt
        BFvp6bEaDIVxFAQ6ls8t/FjIxwaA3IwYAj1YNFhARZKr9BLn8uD4jKmvyDXz+pZh
        21HAxu8QF/TgeLeGWjR1WFLRxjpe0CxCIUPxzUlWyQKBgQDZivfnDiiOQUcxpdzs
        lpPcCZjLTuOHu0/+WDV/+0a/EKQGRimTPcAThX/YFBS0bsMZcAQYo4mJg+CKjvY2
        jJO1mGzlgc3dMnSRqYqw7e/jPhvqB0sLqA08lFXuulOeWOmLseCVuXiOmPccV3Zo
        tCo/mAIIyU3RndbD7U+P1UKplQKBgQDHz5oHmIb1UQsj8SZGA/g1Ti5fF6iNL0BW
        G/kbuFINPM6XU2vk3nB/EMKEzrCfPfrE0fXp107urAiDzBVlXdpOz5Eo2QaXOFMU
        HsaN1UvNbQL6T5xMxEpc+YZzuqdkWRZxYkjVWrEYxT08uGCLSDRpkDhfEG8Ada/5
        RMMjkdpYfQKBgQCaQIXDmjB7niHjPF7Ii4TQcyWak5eWeOUhzl4xH3VsqVoE8N8t
        /o0hynl6N9LuldNVSC4/YkZ18cLXvMMsrsVV8HzWyBG3FL2/Q16KUkzU7wdQDFfU
        Lhckq3G7UvdTwmvnl/tNbzPiuOgPep0FZSrH6PsYS9UYGzlbt/vAW1FneQKBgQC1
        mB3bDWqKhc9kKQSp2W25tIY8cloDhpAoMmAiK1CXK05vBagnZ2pCcU74OIkZENFa
        E6A1mDLqg3txnQdNCxEfU1IQF73/rXcD8DxwJwwvdQWhzLy2oCcdfMIPZ/I+JyFY
        hwS+syAE7S2Mg91qeIL59dLlwx+/ATafizj2mNYiWQKBgQCNNaM9hWuC3BhkmkmI
        yP+BfGMgEFWSHkchBPtWvSqWOa0xwqw6+3T866riHGALPKkX9Kkl8m2kxX6oLv2m
        VkHwwn3PgyLt2c/vKJEgBLjP11np9NylJHNl3JIqCW8VC/6Wp9wgG7hJAJr3xgZP
        oGivG4sEpMVtZXxfvs3WsGwPbw==
        -----END PRIVATE KEY-----
        """
}
