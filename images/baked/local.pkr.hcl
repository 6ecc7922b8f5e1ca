# A host of the local cloud with everything installed, made of the hosts' image by podman in Docker's place.

packer {
  required_plugins {
    docker = {
      source  = "github.com/hashicorp/docker"
      version = "1.1.2"
    }
  }
}

variable "base" {
  type        = string
  description = "Image of hosts that this one is made of; it is here."
}

variable "repository" {
  type        = string
  description = "The new image's name, without its tag."
}

variable "tag" {
  type        = string
  description = "The new image's tag: it stands for its content."
}

variable "owner" {
  type        = string
  description = "Id of the state folder that makes it."
}

variable "builder" {
  type        = string
  description = "Name of the container in which it is made."
}

variable "podman" {
  type        = string
  description = "Program that is called like Docker's."
}

variable "run_flags" {
  type        = list(string)
  description = "What a container needs on this machine."
}

variable "bundle" {
  type        = string
  description = "Archive of the bundle that nodes configure themselves with."
}

variable "bundle_name" {
  type        = string
  description = "What nodes call that bundle."
}

variable "versions" {
  type        = string
  description = "Versions of what is installed, as JSON."
}

source "docker" "host" {
  docker_path = var.podman
  image       = var.base
  pull        = false
  commit      = true
  run_command = concat(
    ["--name", var.builder, "--label", "muster.state=${var.owner}", "--network=host"],
    var.run_flags,
    ["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}"],
  )
  changes = [
    "LABEL muster.image=${var.repository}:${var.tag}",
    "ENTRYPOINT []",
    "CMD [\"/usr/lib/muster/init\"]",
    "STOPSIGNAL SIGRTMIN+3",
  ]
}

build {
  sources = ["source.docker.host"]

  provisioner "file" {
    source      = var.bundle
    destination = "/tmp/muster-bundle.tar.gz"
  }

  provisioner "shell" {
    script           = "${path.root}/install"
    environment_vars = ["MUSTER_BUNDLE=${var.bundle_name}", "MUSTER_VERSIONS=${var.versions}"]
  }

  post-processor "docker-tag" {
    docker_path = var.podman
    repository  = var.repository
    tags        = [var.tag]
  }
}
