# As many instances of the job "web" as numbers/queue says.
scaling "web" {
  enabled = true
  min     = 1
  max     = 5

  policy {
    cooldown            = "5s"
    evaluation_interval = "2s"

    check "queue" {
      source = "my-plugin"
      query  = "queue"

      strategy "pass-through" {}
    }

    target "nomad-target" {
      Job   = "web"
      Group = "app"
    }
  }
}
